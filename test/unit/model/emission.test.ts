import { expect } from "chai";
import { Emission } from "../../../sim/model/staking/emission.ts";
import { grow } from "../../../sim/model/staking/growth.ts";

const ONE = 10n ** 18n;
const LPT = ONE;
const PARAMETERS = {
  inflationStep: ONE / 2_000_000n,
  maximumInflation: ONE / 500n,
  targetBondingRate: ONE / 2n,
  treasuryCut: ONE / 10n,
};
const START = (4n * ONE) / 10_000n;

/** Round 1 with `stake` active in it. */
function emission(stake: bigint, supply = 10_000_000n * LPT, inflation = START): Emission {
  const it = new Emission(0n, supply, inflation, PARAMETERS);
  it.next = stake;
  it.earners = stake > 0n ? 1 : 0;
  it.advance(1n);
  return it;
}

describe("emission", () => {
  it("mints the inflation on the supply, a tenth of it for the treasury, when the round is over", () => {
    const it = emission(1_000_000n * LPT);
    // Round 0 had nothing at stake and moved the inflation by a step; so does round 1.
    const inflation = START + 2n * PARAMETERS.inflationStep;
    expect(it.inflation).to.equal(inflation);
    expect(it.minted).to.deep.equal({ stakers: 0n, treasury: 0n });
    it.advance(2n);
    const mint = (10_000_000n * LPT * inflation) / ONE;
    expect(it.minted).to.deep.equal({ stakers: mint - mint / 10n, treasury: mint / 10n });
    expect(it.supply).to.equal(10_000_000n * LPT + mint);
    expect(it.active).to.equal(1_000_000n * LPT + mint - mint / 10n);
  });

  it("steps up below the target, down above it, and not at it", () => {
    const half = 5_000_000n * LPT;
    const before = START + PARAMETERS.inflationStep;
    expect(emission(half - 1n).inflation).to.equal(before + PARAMETERS.inflationStep);
    expect(emission(half).inflation).to.equal(before);
    expect(emission(half + 1n).inflation).to.equal(before - PARAMETERS.inflationStep);
  });

  it("stays between zero and the maximum", () => {
    expect(emission(LPT, 10_000_000n * LPT, PARAMETERS.maximumInflation).inflation).to.equal(
      PARAMETERS.maximumInflation,
    );
    expect(emission(9_000_000n * LPT, 10_000_000n * LPT, 0n).inflation).to.equal(0n);
  });

  it("mints nothing without stake, and for less stake than the mint no more than there is", () => {
    const without = emission(0n);
    without.advance(1_000n);
    expect(without.minted).to.deep.equal({ stakers: 0n, treasury: 0n });

    const little = emission(90n * LPT);
    little.advance(2n);
    expect(little.minted).to.deep.equal({ stakers: 90n * LPT, treasury: 10n * LPT });
  });

  it("comes to the same after 2,000 rounds, asked every round or once (S6)", () => {
    const lazy = emission(1_000_000n * LPT);
    lazy.advance(2_000n);
    const eager = emission(1_000_000n * LPT);
    for (let round = 2n; round <= 2_000n; round++) eager.advance(round);
    expect(lazy.supply).to.equal(eager.supply);
    expect(lazy.inflation).to.equal(eager.inflation);
    expect(lazy.active).to.equal(eager.active);
    const difference = lazy.log(2_000n) - eager.log(2_000n);
    expect(difference >= 0n && difference < 2_000n * 80n).to.equal(true);
    // What one LPT became is what all of it became.
    const grown = grow(1_000_000n * LPT, lazy.log(2_000n));
    expect(lazy.active - grown < 1_000_000n).to.equal(true);
  });

  it("keeps the growth of a round that was marked, though nobody acted in it", () => {
    const it = emission(1_000_000n * LPT);
    it.mark(7n);
    it.advance(20n);
    expect(it.log(7n) > it.log(2n) && it.log(7n) < it.log(20n)).to.equal(true);
    expect(() => it.log(8n)).to.throw(RangeError, "nobody kept");
  });

  it("tells of the rounds that were acted in and those that followed one, and of no others", () => {
    const it = emission(1_000_000n * LPT);
    it.mark(7n);
    it.advance(22n);
    it.advance(23n);
    it.mark(24n);
    it.advance(30n);
    const told = [0n, 1n, 2n, 3n, 7n, 21n, 22n, 23n, 24n, 25n, 29n, 30n].map((round) => it.votingRound(round));
    expect(told).to.deep.equal([0n, 1n, 2n, 2n, 2n, 2n, 22n, 23n, 24n, 24n, 24n, 30n]);
    expect(it.activeAt(0n)).to.equal(0n);
    expect(it.activeAt(1n)).to.equal(1_000_000n * LPT);
    const every = emission(1_000_000n * LPT);
    for (const round of [2n, 22n, 23n, 24n, 30n]) {
      every.advance(round);
      expect(it.activeAt(round)).to.equal(every.active);
    }
  });

  it("tells of the round after the last one before anybody acts in it: of what will be at stake, if it is anybody's", () => {
    const it = emission(1_000_000n * LPT);
    it.advance(5n);
    it.next += 7n * LPT;
    expect(it.votingRound(6n)).to.equal(6n);
    expect(it.votingRound(40n)).to.equal(6n);
    const told = it.activeAt(6n);
    expect(told > 1_000_007n * LPT).to.equal(true);
    it.advance(40n);
    expect(it.votingRound(39n)).to.equal(6n);
    expect(it.activeAt(6n)).to.equal(told);
    it.earners = 0;
    expect(it.activeAt(41n)).to.equal(0n);
    it.advance(50n);
    expect(it.activeAt(41n)).to.equal(0n);
  });

  it("settles: from anywhere, nothing moves any more after 10,000 idle rounds", () => {
    for (const stake of [LPT, 1_000_000n * LPT, 9_000_000n * LPT]) {
      const it = emission(stake, 10_000_000n * LPT, PARAMETERS.maximumInflation);
      it.advance(10_000n);
      const { supply } = it;
      expect(it.inflation).to.equal(0n);
      it.advance(20_000n);
      expect(it.supply).to.equal(supply);
    }
  });
});
