import { ONE } from "../money.ts";

/** Binary places of logarithms and of what they are made from. */
const PLACES = 96n;
const UNIT = 1n << PLACES;
/** ln 2, rounded up: what is left after taking it away is then never too much. */
const LN_2 = 54_916_777_467_707_473_351_141_471_129n;

/**
 * ln(after / before) in units of 2^-96, rounded down; at most 80 units below the true value.
 * @param before > 0
 * @param after  from `before` to four times as much
 */
export function logGrowth(before: bigint, after: bigint): bigint {
  if (before <= 0n || after < before || after > 4n * before)
    throw new RangeError(`no growth from ${before} to ${after}`);
  // ln(a / b) = 2 (z + z³/3 + z⁵/5 + …) with z = (a − b) / (a + b) ≤ 3/5: all terms are positive, so leaving some out is rounding down.
  const z = ((after - before) << PLACES) / (after + before);
  const square = (z * z) >> PLACES;
  let sum = 0n;
  for (let power = z, divisor = 1n; power > 0n; power = (power * square) >> PLACES, divisor += 2n) {
    sum += power / divisor;
  }
  return 2n * sum;
}

/** `amount` · exp(`log` / 2^96), rounded down; too little by at most 1 + 2^-90 of it. */
export function grow(amount: bigint, log: bigint): bigint {
  const doublings = log / LN_2;
  const rest = log % LN_2;
  let sum = 0n;
  for (let term = UNIT, n = 1n; term > 0n; term = ((term * rest) >> PLACES) / n, n++) sum += term;
  return ((amount * sum) << doublings) >> PLACES;
}

/** The delegators' share of a logarithm of growth: the growth to the power of 1 − `rewardCut`, rounded down. */
export function afterCut(log: bigint, rewardCut: bigint): bigint {
  return (log * (ONE - rewardCut)) / ONE;
}
