import type { Address } from "../money.ts";
import type { Account } from "./account.ts";
import type { Emission } from "./emission.ts";
import { grow } from "./growth.ts";
import { grownWorth, type Pool, type PoolEntry } from "./pool.ts";

/** {wei LPT} All that is behind one orchestrator when it votes: the pool's total when `round` began, if it earned in it. */
export function votesOf(pool: Pool, emission: Emission, round: bigint): bigint {
  const entry = pool.history.at(round);
  return entry?.earns === true ? grow(entry.total, growthSince(entry, emission, round)) : 0n;
}

/** {wei LPT} A delegator's part of that; the commission is the orchestrator's. */
export function balanceOf(
  account: Account,
  pool: Pool,
  isOrchestrator: boolean,
  emission: Emission,
  round: bigint,
): bigint {
  const entry = pool.history.at(round);
  if (entry?.earns !== true) return 0n;
  const { stake, total } = grownWorth(entry, growthSince(entry, emission, round));
  const units = account.history.at(round)?.units;
  const mine = units === undefined ? 0n : pool.countAt(units, round);
  return (entry.units === 0n ? 0n : (mine * stake) / entry.units) + (isOrchestrator ? total - stake : 0n);
}

/** Behind whom a delegator was in `round`. */
export function delegateOf(account: Account, round: bigint): Address | null {
  return account.history.at(round)?.orchestrator ?? null;
}

function growthSince({ from }: PoolEntry, emission: Emission, round: bigint): bigint {
  return emission.logAt(round) - emission.logAt(from);
}
