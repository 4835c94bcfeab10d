import type { Exposure } from "./interface.ts";
import { ONE } from "./schema.ts";

// What payment by lottery costs and needs. Amounts are exact integers, each rounding named; a quantile is a float's tail compared with a
// chance, and its answer an integer again.

/** {wei²·1e36} Variance of what `tickets` tickets pay: n·F²·p·(1 − p), exact. */
export function varianceOf(tickets: bigint, faceValue: bigint, winProb: bigint): bigint {
  return tickets * faceValue ** 2n * winProb * (ONE - winProb);
}

/**
 * {1} Standard deviation of what tickets pay, as a part of what they are worth: 1/√(n·p), which is above the exact √((1 − p)/(n·p)) by a
 * part of about p/2.
 * @param expectedWinners  {1} n·p, above 0
 */
export function relativeError(expectedWinners: number): number {
  return 1 / Math.sqrt(expectedWinners);
}

/**
 * {1e18} The rate λ of a Poisson number that is nowhere smaller than one ticket's win (0 or 1), rounded up: p/(1 − p) ≥ −ln(1 − p), which
 * is the least. Rates of tickets add up. From 1 on a win is counted as certain instead, so nothing is above 1.
 */
export function winRate(winProb: bigint): bigint {
  if (2n * winProb >= ONE) return ONE;
  return ceilDiv(winProb * ONE, ONE - winProb);
}

/** Smallest chance for which a quantile is computed, and the greatest rate: within both the tail keeps six digits. */
const LEAST_EPSILON = 1e-15;
const GREATEST_RATE = 1e9;

/**
 * {1} Q(1 − ε; Λ): the least k such that a Poisson number of rate Λ is above k with a chance of at most ε.
 * @param rate     {1} Λ, 0 to 1e9
 * @param epsilon  {1} ε, 1e-15 to below 1
 */
export function poissonQuantile(rate: number, epsilon: number): number {
  if (!(rate >= 0 && rate <= GREATEST_RATE)) throw new RangeError(`rate must be in [0, ${GREATEST_RATE}]`);
  if (!(epsilon >= LEAST_EPSILON && epsilon < 1)) throw new RangeError(`epsilon must be in [${LEAST_EPSILON}, 1)`);
  if (rate === 0) return 0;
  // By Chernoff's bound the chance to be above this is less than e^-60, so the sum of the tail begins here, with its smallest terms.
  let k = Math.ceil(rate + 20 + Math.sqrt(400 + 120 * rate));
  let logTerm = k * Math.log(rate) - rate - logFactorial(k);
  for (let tail = Math.exp(logTerm); tail <= epsilon; tail += Math.exp(logTerm)) {
    logTerm += Math.log(k / rate);
    k -= 1;
  }
  return k;
}

/** Stirling's series, to 14 digits from 40 on. */
function logFactorial(n: number): number {
  const inverse = 1 / n;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260;
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series;
}

/**
 * {wei} The deposit that pays every winner with a chance of 1 − ε: F·Q(1 − ε; Λ).
 * @param rate  {1} Λ: winners expected before the deposit is filled up again
 */
export function depositFor(faceValue: bigint, rate: number, epsilon: number): bigint {
  return faceValue * BigInt(poissonQuantile(rate, epsilon));
}

/** How a sender counts what its tickets in use may cost. */
export type DebtPolicy =
  | { readonly kind: "certain" }
  /** `epsilon` {1}: the chance, at any one moment, that more has been won than is counted. */
  | { readonly kind: "quantile"; readonly epsilon: number };

/**
 * {wei} What commitments in use may cost. Each wins once at most, so with `certain` it is the sum of their face values. With `quantile` it
 * is the sum of the k highest, where no more than k have won, but for ε: those that have won as good as certainly (rate 1), and
 * Q(1 − ε; Λ) of the others, whose rates add up to Λ.
 */
export function debtOf(commitments: readonly Pick<Exposure, "faceValue" | "winRate">[], policy: DebtPolicy): bigint {
  const total = totalFaceValue(commitments);
  if (policy.kind === "certain") return total;
  const chances = commitments.filter(({ winRate: rate }) => rate < ONE);
  const rate = chances.reduce((sum, chance) => sum + chance.winRate, 0n);
  const winners = commitments.length - chances.length + poissonQuantile(toNumber(rate), policy.epsilon);
  if (winners >= commitments.length) return total;
  const dearest = [...commitments].sort((a, b) => (a.faceValue < b.faceValue ? 1 : a.faceValue > b.faceValue ? -1 : 0));
  return totalFaceValue(dearest.slice(0, winners));
}

/** {wei} */
export function totalFaceValue(tickets: readonly { readonly faceValue: bigint }[]): bigint {
  return tickets.reduce((sum, { faceValue }) => sum + faceValue, 0n);
}

/** {1} Of a ratio {1e18}, to a float's 16 digits. */
export function toNumber(ratio: bigint): number {
  return Number(ratio) / Number(ONE);
}

/**
 * {wei} The face value at which redeeming costs `overheadRatio` {1e18} of it, rounded up: 1 % makes it 100 redemptions.
 * @param gasPrice   {wei}
 * @param redeemGas  {gas} measured cost of one redemption
 */
export function faceValueFor(gasPrice: bigint, redeemGas: bigint, overheadRatio: bigint): bigint {
  if (overheadRatio <= 0n || overheadRatio > ONE) throw new RangeError("overheadRatio must be in (0, 1e18]");
  return ceilDiv(gasPrice * redeemGas * ONE, overheadRatio);
}

/**
 * {wei} What guarantees one winner to each of `recipients` at once: one face value for each, whether set aside for them (allocations) or
 * held in a reserve that is divided among them.
 */
export function reserveFor(recipients: bigint, gasPrice: bigint, redeemGas: bigint, overheadRatio: bigint): bigint {
  return recipients * faceValueFor(gasPrice, redeemGas, overheadRatio);
}

/** {wei} Deposit with which a sender's next winner is certain to be paid: all that is already won, and this one. */
export function depositNeeded(unredeemed: bigint, faceValue: bigint): bigint {
  return unredeemed + faceValue;
}

/**
 * Whether a withdrawal that can complete in `withdrawRound` comes too late to escape a ticket's redemption: its last round,
 * `creationRound + validity`, and `margin` more are over by then.
 */
export function withdrawalIsLater(
  withdrawRound: number | null,
  creationRound: number,
  validity: number,
  margin: number,
): boolean {
  return withdrawRound === null || withdrawRound > creationRound + validity + margin;
}

/** Of positive integers. */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
