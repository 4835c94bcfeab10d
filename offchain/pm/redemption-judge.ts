import type { BrokerPort, Refusal, StoredWinner } from "./interface.ts";
import { inParallel } from "./parallel.ts";

export interface Judgement {
  /** One transaction would pay all of these now. */
  readonly good: readonly StoredWinner[];
  readonly bad: readonly { readonly winner: StoredWinner; readonly refusal: Refusal }[];
}

/** Asks the broker, without sending anything, which winners it would pay: one question when it is all of them. */
export async function judge(winners: readonly StoredWinner[], broker: BrokerPort): Promise<Judgement> {
  if (winners.length > 1 && (await broker.payable(winners)) === winners.length) return { good: winners, bad: [] };
  const refusals = new Map<string, Refusal>();
  await inParallel(winners, async (winner) => {
    const refusal = await broker.refusal(winner);
    if (refusal !== null) refusals.set(winner.digest, refusal);
  });
  const bad = winners.flatMap((winner) => {
    const refusal = refusals.get(winner.digest);
    return refusal === undefined ? [] : [{ winner, refusal }];
  });
  let good = winners.filter(({ digest }) => !refusals.has(digest));
  // Each would be paid but all of them not: their sender's money or its key's cap ends before. The rest is judged again another time.
  while (good.length > 1 && (await broker.payable(good)) < good.length) good = good.slice(0, good.length >> 1);
  return { good, bad };
}
