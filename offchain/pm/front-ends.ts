/** Which of several processes of one recipient; 0 ≤ index < count. Each has the commitments index, index + count, index + 2 · count … */
export interface FrontEnd {
  readonly index: number;
  readonly count: number;
}

/** The first commitment from `next` on that is this front end's. */
export function ownIndexFrom(next: bigint, { index, count }: FrontEnd): bigint {
  const step = BigInt(count);
  return next + ((((BigInt(index) - next) % step) + step) % step);
}
