import { expect } from "chai";
import type { PictureSize } from "../../../../offchain/media/interface.ts";
import { pixelsStepBound } from "../../../../offchain/verification/pixels/judge.ts";
import { pack } from "../../../fixtures/pixels/frames.ts";
import { agreed, judge, scene } from "./scenes.ts";

/** Whatever could make many steps of few bytes: sizes of source and output, and how many pictures. */
const SLOW: readonly [what: string, source: PictureSize, output: PictureSize, pictures: number][] = [
  ["the smallest pictures", { width: 16, height: 16 }, { width: 16, height: 16 }, 50],
  ["pictures of one size more", { width: 18, height: 18 }, { width: 16, height: 16 }, 50],
  ["rows that are read twice", { width: 64, height: 66 }, { width: 64, height: 64 }, 10],
  ["columns that are read twice", { width: 66, height: 64 }, { width: 64, height: 64 }, 10],
  ["flat pictures", { width: 1_024, height: 16 }, { width: 1_024, height: 16 }, 4],
  ["upright pictures", { width: 16, height: 1_024 }, { width: 16, height: 1_024 }, 4],
  ["a picture of 480 rows", { width: 1_280, height: 720 }, { width: 854, height: 480 }, 2],
];

describe("the step bound of the pixels program", () => {
  for (const [what, from, to, pictures] of SLOW) {
    it(`V2: is far above what ${what} take`, () => {
      const [source, output] = [scene(from, pictures), scene(to, pictures)];
      // The lag is looked at, too.
      const parameters = agreed({ ...to, lagError: 0, outputBytes: 2 ** 26 });
      const { steps, verdict } = judge(output, source, parameters);
      expect(verdict).to.equal("pass");
      expect(2 * steps).to.be.below(Number(pixelsStepBound(pack(source).length, [pack(output).length])));
    });
  }

  it("V2: is far above what reading a source of unwanted pictures takes", () => {
    const source = scene({ width: 16, height: 16 }, 1_000, () => 0);
    const { steps } = judge(scene({ width: 16, height: 16 }, 1), source, agreed({ width: 16, height: 16 }));
    expect(2 * steps).to.be.below(Number(pixelsStepBound(pack(source).length, [])));
  });

  it("is that of the longest output", () => {
    expect(pixelsStepBound(1_000, [10, 2_000, 30])).to.equal(262_144n + 512n * 3_000n);
    expect(pixelsStepBound(1_000, [])).to.equal(262_144n + 512n * 1_000n);
  });
});
