import { expect } from "chai";
import { isCell, regionsNear, withAncestors } from "../../../offchain/discovery/regions.ts";

/** A cell of the H3 documentation with its parents, from resolution 5 to 0. */
const ANCESTORS = [
  0x85283473fffffffn,
  0x8428347ffffffffn,
  0x832834fffffffffn,
  0x822837fffffffffn,
  0x81283ffffffffffn,
  0x8029fffffffffffn,
];

describe("regions", () => {
  it("knows the parents of a cell down to resolution 0", () => {
    expect(withAncestors(ANCESTORS[0]!)).to.deep.equal(ANCESTORS);
    expect(withAncestors(ANCESTORS[5]!)).to.deep.equal([ANCESTORS[5]]);
  });

  it("knows all 16 of a cell of the finest resolution", () => {
    const cells = withAncestors(0x8f2834700000000n);
    expect(cells).to.have.length(16);
    expect(cells.every(isCell)).to.equal(true);
    expect(cells.slice(-4)).to.deep.equal(ANCESTORS.slice(-4));
  });

  it("asks for a cell, its ancestors and who names no region", () => {
    expect(regionsNear(ANCESTORS[4]!)).to.deep.equal([...ANCESTORS.slice(4), 0n]);
  });

  it("refuses what is no cell", () => {
    for (const region of [0n, -1n, 2n ** 64n - 1n, 0x15283473fffffffn, 0x1285283473fffffffn]) {
      expect(isCell(region)).to.equal(false);
      expect(() => withAncestors(region)).to.throw(RangeError);
    }
  });
});
