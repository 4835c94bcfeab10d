import { expect } from "chai";
import { distanceKm, distanceToNearest } from "../../../offchain/discovery/distance.ts";
import { CELL, PARENT } from "../../fixtures/registry.ts";

/** H3 cells of resolution 5 in Paris and Sydney. */
const PARIS = 0x851fb467fffffffn;
const SYDNEY = 0x85be0e37fffffffn;

describe("distances between H3 cells", () => {
  it("are those of the cities that they are in, within the size of a cell", () => {
    expect(distanceKm(CELL, PARIS)).to.be.within(8_900, 9_050);
    expect(distanceKm(PARIS, SYDNEY)).to.be.within(16_900, 17_050);
    expect(distanceKm(SYDNEY, PARIS)).to.equal(distanceKm(PARIS, SYDNEY));
  });

  it("are zero within a cell and between a cell and what contains it", () => {
    expect([distanceKm(CELL, CELL), distanceKm(CELL, PARENT), distanceKm(PARENT, CELL)]).to.deep.equal([0, 0, 0]);
  });

  it("go to the nearest region, and to nowhere for who works anywhere", () => {
    expect(distanceToNearest(PARIS, [CELL, SYDNEY])).to.equal(distanceKm(PARIS, CELL));
    expect(distanceToNearest(PARIS, [])).to.equal(null);
  });

  it("do not exist for what the registry takes for a cell and H3 does not", () => {
    expect(distanceKm(CELL, 0x08ffffffffffffffn)).to.equal(null);
    expect(distanceToNearest(CELL, [0x08ffffffffffffffn, PARENT])).to.equal(0);
  });
});
