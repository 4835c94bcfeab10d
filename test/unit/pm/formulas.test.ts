import { expect } from "chai";
import fc from "fast-check";
import {
  debtOf,
  depositFor,
  depositNeeded,
  faceValueFor,
  poissonQuantile,
  relativeError,
  reserveFor,
  toNumber,
  varianceOf,
  winRate,
  withdrawalIsLater,
} from "../../../offchain/pm/formulas.ts";
import { Random } from "../../../sim/engine/random.ts";

const ONE = 10n ** 18n;
const ratio = (value: number): bigint => BigInt(Math.round(value * 1e18));

/** How many of `tickets` win; draws one number for each winner, and one. */
function winners(random: Random, tickets: number, winProb: number): number {
  let count = -1;
  for (let at = 0; at <= tickets; count += 1) at += gap(random, winProb);
  return count;
}

/** Tickets up to the first winner, that one included. */
function gap(random: Random, winProb: number): number {
  return 1 + Math.floor(Math.log(1 - random.fraction()) / Math.log1p(-winProb));
}

describe("formulas", () => {
  it("variance and relative error: as 200,000 simulated periods of 1,000 tickets spread", () => {
    const [periods, tickets, winProb, faceValue] = [200_000, 1_000, 0.01, 7];
    const random = new Random(1, 0);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < periods; i += 1) {
      const paid = winners(random, tickets, winProb) * faceValue;
      sum += paid;
      squares += paid * paid;
    }
    const mean = sum / periods;
    const variance = squares / periods - mean * mean;
    const expected = Number(varianceOf(BigInt(tickets), BigInt(faceValue), ratio(winProb))) / 1e36;
    expect(variance / expected).to.be.within(0.98, 1.02);
    // The bound is above the exact one by √(1 / (1 − p)).
    const exact = relativeError(tickets * winProb) * Math.sqrt(1 - winProb);
    expect(Math.sqrt(variance) / mean / exact).to.be.within(0.99, 1.01);
  });

  it("variance: exact in integers, none without chance", () => {
    expect(varianceOf(3n, 5n, ONE / 4n)).to.equal((3n * 25n * 3n * 10n ** 36n) / 16n);
    expect(varianceOf(3n, 5n, 0n)).to.equal(0n);
    expect(varianceOf(3n, 5n, ONE)).to.equal(0n);
  });

  describe("Poisson quantile", () => {
    it("is 9, 28, 151 and 1154 for rates of 1, 10, 100 and 1000 at one in a million", () => {
      expect([1, 10, 100, 1000].map((rate) => poissonQuantile(rate, 1e-6))).to.deep.equal([9, 28, 151, 1154]);
    });

    it("is what the sum of the probabilities from 0 upwards gives", () => {
      const summed = (rate: number, epsilon: number): number => {
        let term = Math.exp(-rate);
        let k = 0;
        for (let below = term; 1 - below > epsilon; below += term) term *= rate / ++k;
        return k;
      };
      const rates = fc.double({ min: 1e-6, max: 300, noNaN: true });
      fc.assert(
        fc.property(rates, fc.constantFrom(0.5, 1e-2, 1e-4, 1e-6, 1e-9), (rate, epsilon) => {
          expect(poissonQuantile(rate, epsilon)).to.equal(summed(rate, epsilon));
        }),
        { numRuns: 2_000, seed: 1 },
      );
    });

    it("takes the ends of its range", () => {
      expect(poissonQuantile(0, 1e-15)).to.equal(0);
      expect(poissonQuantile(1e-12, 1e-6)).to.equal(0);
      expect(poissonQuantile(1e-12, 1e-13)).to.equal(1);
      expect(poissonQuantile(1, 0.99)).to.equal(0);
      // Normal by then: z of one in a million is 4.7534, and the skew adds (z² − 1) / 6.
      expect(poissonQuantile(1e9, 1e-6) - 1e9).to.be.within(150_310, 150_322);
      for (const rate of [-1, NaN, 1.1e9]) expect(() => poissonQuantile(rate, 1e-6)).to.throw(RangeError);
      for (const epsilon of [0, 1, NaN, 1e-16]) expect(() => poissonQuantile(1, epsilon)).to.throw(RangeError);
    });
  });

  it("win rate: never below what a ticket's chance asks for, and hardly above it for a small one", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: ONE / 2n - 1n }), (winProb) => {
        const [rate, p] = [toNumber(winRate(winProb)), toNumber(winProb)];
        const least = -Math.log1p(-p);
        expect(rate >= least * (1 - 1e-15)).to.be.true;
        expect(rate <= least * (1 + p) + 2e-18).to.be.true;
      }),
      { numRuns: 1_000, seed: 2 },
    );
    expect(winRate(0n)).to.equal(0n);
    expect([ONE / 2n, ONE - 1n, ONE].map(winRate)).to.deep.equal([ONE, ONE, ONE]);
  });

  it("deposit: falls short in fewer than ε of 1,000,000 simulated periods, one face value less in more", () => {
    const [periods, tickets, winProb, epsilon] = [1_000_000, 2_000, 0.0025, 1e-3];
    const rate = toNumber(BigInt(tickets) * winRate(ratio(winProb)));
    const deposit = depositFor(10n, rate, epsilon);
    expect(deposit).to.equal(130n);
    const random = new Random(2, 0);
    let [short, shortOfOneLess] = [0, 0];
    for (let i = 0; i < periods; i += 1) {
      const owed = 10 * winners(random, tickets, winProb);
      if (owed > Number(deposit)) short += 1;
      if (owed > Number(deposit) - 10) shortOfOneLess += 1;
    }
    expect(short / periods).to.be.lessThan(epsilon);
    expect(shortOfOneLess / periods).to.be.greaterThan(epsilon);
  });

  describe("debt", () => {
    const many = (count: number, faceValue: bigint, rate: bigint) =>
      Array.from({ length: count }, () => ({ faceValue, winRate: rate }));

    it("certain: the sum of the face values", () => {
      const commitments = [...many(3, 5n, 0n), ...many(2, 7n, ONE)];
      expect(debtOf(commitments, { kind: "certain" })).to.equal(29n);
    });

    it("quantile: the highest face values, as many as can have won", () => {
      const policy = { kind: "quantile", epsilon: 1e-6 } as const;
      expect(debtOf([], policy)).to.equal(0n);
      expect(debtOf(many(5, 7n, 0n), policy)).to.equal(0n);
      // Rate 1 in all: 9 of 100.
      expect(debtOf(many(100, 7n, ONE / 100n), policy)).to.equal(63n);
      expect(debtOf([...many(8, 1n, ONE / 100n), ...many(92, 7n, ONE / 100n)], policy)).to.equal(63n);
      expect(debtOf([...many(5, 7n, ONE / 100n), ...many(95, 1n, ONE / 100n)], policy)).to.equal(39n);
      // Three that have won beside the 9.
      expect(debtOf([...many(100, 7n, ONE / 100n), ...many(3, 7n, ONE)], policy)).to.equal(84n);
      expect(debtOf(many(4, 7n, ONE / 2n), policy)).to.equal(28n);
    });

    it("quantile: too low in fewer than ε of 100,000 simulated windows of commitments", () => {
      const [windows, epsilon] = [100_000, 1e-2];
      const winProb = 0.004;
      // Twelve commitments with 1 to 100 tickets on each, and face values that differ.
      const used = Array.from({ length: 12 }, (_, i) => ({ tickets: 1 + 9 * i, faceValue: BigInt(1 + ((5 * i) % 7)) }));
      const debt = debtOf(
        used.map(({ tickets, faceValue }) => ({ faceValue, winRate: BigInt(tickets) * winRate(ratio(winProb)) })),
        { kind: "quantile", epsilon },
      );
      const total = used.reduce((sum, { faceValue }) => sum + faceValue, 0n);
      expect(debt < total).to.be.true;
      const random = new Random(3, 0);
      let low = 0;
      for (let i = 0; i < windows; i += 1) {
        let owed = 0n;
        for (const { tickets, faceValue } of used) if (gap(random, winProb) <= tickets) owed += faceValue;
        if (owed > debt) low += 1;
      }
      expect(low / windows).to.be.lessThan(epsilon);
    });
  });

  it("face value: redeeming costs its share of 10,000,000,000 simulated tickets' fees, within five relative errors", () => {
    const [gasPrice, redeemGas] = [10n ** 9n, 58_000n];
    const faceValue = faceValueFor(gasPrice, redeemGas, ONE / 100n);
    expect(faceValue).to.equal(gasPrice * redeemGas * 100n);
    const [tickets, winProb] = [10_000_000_000, 0.0001];
    const won = winners(new Random(4, 0), tickets, winProb);
    const fees = tickets * winProb * Number(faceValue);
    const share = (won * Number(gasPrice * redeemGas)) / fees;
    expect(Math.abs(share / 0.01 - 1)).to.be.lessThan(5 * relativeError(tickets * winProb));
  });

  it("face value: rounded up, for an overhead from above 0 to all of it", () => {
    expect(faceValueFor(1n, 1n, (ONE * 2n) / 3n)).to.equal(2n);
    expect(faceValueFor(3n, 5n, ONE)).to.equal(15n);
    for (const overheadRatio of [-1n, 0n, ONE + 1n])
      expect(() => faceValueFor(1n, 1n, overheadRatio)).to.throw(RangeError, "overheadRatio must be in (0, 1e18]");
  });

  it("reserve: divided among the recipients it is a face value for each", () => {
    const reserve = reserveFor(7n, 1n, 100n, (ONE * 2n) / 3n);
    expect(reserve / 7n).to.equal(faceValueFor(1n, 100n, (ONE * 2n) / 3n));
  });

  it("needs a deposit for what is won and for one more", () => expect(depositNeeded(3n, 4n)).to.equal(7n));

  it("expiry: late is a withdrawal after every round of the ticket's life and the margin, in 250,000 drawn cases", () => {
    const random = new Random(5, 0);
    const below = (limit: number): number => Math.floor(random.fraction() * limit);
    for (let i = 0; i < 250_000; i += 1) {
      const [created, validity, margin, withdrawn] = [below(20), 1 + below(5), below(3), below(30)];
      let isPaid = true;
      for (let round = created; round <= created + validity + margin; round += 1) isPaid &&= round < withdrawn;
      if (withdrawalIsLater(withdrawn, created, validity, margin) !== isPaid) {
        expect.fail(`${withdrawn}, ${created}, ${validity}, ${margin}`);
      }
    }
    expect(withdrawalIsLater(null, 10, 2, 1)).to.be.true;
  });
});
