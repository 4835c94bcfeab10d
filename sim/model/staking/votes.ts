import type { Address } from "../money.ts";
import type { Account } from "./account.ts";
import type { Emission } from "./emission.ts";
import { grownStakeOf, type Pool } from "./pool.ts";

/** {wei LPT} What an orchestrator votes with: what its pool's units were worth when `round` began, if it earned in it. Its commission has no votes until it is bonded. */
export function votesOf(pool: Pool, emission: Emission, round: bigint): bigint {
  const entry = pool.history.at(round);
  if (entry?.earns !== true) return 0n;
  return grownStakeOf(entry, emission.log(round) - emission.log(entry.from));
}

/** {wei LPT} A delegator's part of that. */
export function balanceOf(account: Account, pool: Pool, emission: Emission, round: bigint): bigint {
  const mine = account.history.at(round)?.units;
  const all = pool.history.at(round)?.units ?? 0n;
  if (mine === undefined || all === 0n) return 0n;
  return (pool.countAt(mine, round) * votesOf(pool, emission, round)) / all;
}

/** Behind whom a delegator was in `round`. */
export function delegateOf(account: Account, round: bigint): Address | null {
  return account.history.at(round)?.orchestrator ?? null;
}
