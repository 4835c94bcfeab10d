import { expect } from "chai";
import { conclude } from "../../../../offchain/media/checks/examine.ts";
import { judgeCompared } from "../../../../offchain/media/checks/exact.ts";
import type { Comparison, GrayResult, Measures } from "../../../../offchain/media/checks/interface.ts";
import { judgeGray } from "../../../../offchain/media/checks/gray.ts";

const MEASURES: Measures = { blk: 0.5, hue: 0.5, worst: 40, dup: 0 };
const SAME: Comparison = { deltaPsnr: 0, detail: 1 };

const gray = (changes: Partial<Measures> = {}): GrayResult => {
  const measures = { ...MEASURES, ...changes };
  return { verdict: judgeGray(measures), measures };
};
const conclusion = (got: GrayResult, own: GrayResult, changes: Partial<Comparison> = {}) => {
  const comparison = { ...SAME, ...changes };
  return conclude(got, own, { verdict: judgeCompared(comparison), comparison });
};

describe("work that is not equal to an own encode", () => {
  it("is suspect, and no more, for other bits, less quality or less detail alone", () => {
    expect(conclusion(gray(), gray())).to.equal("suspect");
    expect(conclusion(gray(), gray(), { deltaPsnr: -9 })).to.equal("suspect");
    expect(conclusion(gray(), gray(), { detail: 0.1 })).to.equal("suspect");
    expect(conclusion(gray({ worst: 29 }), gray())).to.equal("suspect");
  });

  it("fails with two signs that are not the same", () => {
    expect(conclusion(gray(), gray(), { deltaPsnr: -3.31, detail: 0.69 })).to.equal("failed");
    expect(conclusion(gray({ worst: 29 }), gray(), { deltaPsnr: -3.31 })).to.equal("failed");
    expect(conclusion(gray({ worst: 29 }), gray({ worst: 29 }), { deltaPsnr: -3.31 })).to.equal("suspect");
  });

  it("fails beyond the limits of small pictures only where the own encode is good", () => {
    expect(conclusion(gray({ blk: 4 }), gray())).to.equal("failed");
    expect(conclusion(gray({ blk: 4, dup: 1 }), gray({ blk: 4 }))).to.equal("suspect");
    expect(conclusion(gray({ dup: 0.5 }), gray())).to.equal("failed");
  });

  it("fails when it cannot be decoded", () => {
    expect(conclusion({ verdict: "failed", measures: null }, gray())).to.equal("failed");
  });
});
