import { expect } from "chai";
import fc from "fast-check";
import { afterCut, grow, logGrowth } from "../../../sim/model/staking/growth.ts";

const ONE = 10n ** 18n;
const UNIT = 2n ** 96n;

const stake = fc.bigInt(1n, 2n ** 90n);
/** Thousandths of growth in one step, up to what the series are made for. */
const step = fc.tuple(stake, fc.bigInt(0n, 3_000n)).map(([before, thousandths]) => ({
  before,
  after: before + (before * thousandths) / 1_000n,
}));

describe("growth in fixed point", () => {
  it("gives back what was taken apart, never more, and at most a wei and a 2^-88th less", () => {
    fc.assert(
      fc.property(step, ({ before, after }) => {
        const back = grow(before, logGrowth(before, after));
        expect(back <= after).to.equal(true);
        expect(after - back <= 1n + (after >> 88n)).to.equal(true);
      }),
    );
  });

  it("adds up: two steps are one", () => {
    fc.assert(
      fc.property(step, fc.bigInt(0n, 300n), ({ before, after }, more) => {
        const last = after + (after * more) / 1_000n;
        fc.pre(last <= 4n * before);
        const apart = logGrowth(before, after) + logGrowth(after, last);
        const together = logGrowth(before, last);
        expect(abs(apart - together) <= 400n).to.equal(true);
      }),
    );
  });

  it("knows ln 2, ln 4/3 and e", () => {
    // Rounded to a double, which has 53 places.
    expectNear(Number(logGrowth(1n, 2n)) / 2 ** 96, Math.LN2, 1e-15);
    expectNear(Number(logGrowth(3n, 4n)) / 2 ** 96, Math.log(4 / 3), 1e-15);
    expectNear(Number(grow(10n ** 30n, UNIT)) / 1e30, Math.E, 1e-15);
    expectNear(Number(grow(ONE, 20n * UNIT)) / 1e18, Math.exp(20), 1e-6);
  });

  it("is the identity without growth", () => {
    expect(logGrowth(7n, 7n)).to.equal(0n);
    expect(grow(7n, 0n)).to.equal(7n);
  });

  it("lets the delegators grow by the power that the cut leaves them", () => {
    const log = logGrowth(10_000n, 10_008n);
    expect(afterCut(log, 0n)).to.equal(log);
    expect(afterCut(log, ONE)).to.equal(0n);
    // 10 % of 0.08 %: the obvious rule would give 0.072 %; the power is 0.004 % of the reward below it.
    const growth = Number(grow(10n ** 30n, afterCut(log, ONE / 10n)) - 10n ** 30n) / 1e30;
    expectNear(growth / 0.00072, 1 - 0.00004, 1e-6);
  });

  it("refuses what the series is not made for", () => {
    for (const [before, after] of [
      [0n, 1n],
      [2n, 1n],
      [1n, 5n],
    ] as const)
      expect(() => logGrowth(before, after)).to.throw(RangeError, "no growth");
  });
});

/** chai's `closeTo` takes whole numbers only once Hardhat's matchers are loaded. */
function expectNear(have: number, want: number, bound: number): void {
  expect(Math.abs(have - want) <= bound, `${have} instead of ${want}`).to.equal(true);
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
