import type { Address } from "../money.ts";
import type { Account } from "./account.ts";
import { History } from "./history.ts";
import type { Pool } from "./pool.ts";
import type { Units } from "./units.ts";

/** Binary places of a sum per unit. */
const PLACES = 128n;

/** The fees of one orchestrator's rounds. */
export class Fees {
  /** All of an earlier round have been handed over. */
  before = 0n;
  /** {wei ETH} The orchestrator's, beside what its own units get. */
  kept = 0n;
  /** {2^-128 wei ETH} What a unit that is active all the time gets, up to the end of a round. */
  readonly #sums = new History<{ readonly from: bigint; readonly sum: bigint }>();

  /** {wei ETH} Divides `shared` among the `units` of a round. */
  share(round: bigint, shared: bigint, units: bigint): void {
    this.#sums.put({ from: round, sum: this.#sumTo(round) + (shared << PLACES) / units });
  }

  /** {wei ETH} What `units` get of the rounds from `start` to `end`, without the latter. */
  of(units: bigint, start: bigint, end: bigint): bigint {
    return (units * (this.#sumTo(end - 1n) - this.#sumTo(start - 1n))) >> PLACES;
  }

  #sumTo(round: bigint): bigint {
    return this.#sums.at(round)?.sum ?? 0n;
  }
}

/** {wei ETH} Takes a delegator's part of all rounds that nobody can add to any more, and that are earlier than `before`. */
export function claim(account: Account, pools: ReadonlyMap<Address, Pool>, before: bigint | null): bigint {
  let paid = 0n;
  let start = account.claimedBefore;
  while (start !== null) {
    const entry = account.history.at(start)!;
    const next = account.history.after(start)?.from;
    const pool = entry.orchestrator === null ? undefined : pools.get(entry.orchestrator);
    // It may come back behind anybody.
    if (pool === undefined && next === undefined) break;
    const end = least(next, pool?.fees.before, before ?? undefined);
    if (end > start) {
      if (pool !== undefined) paid += shareOf(entry.units, pool, start, end);
      account.claimedBefore = end;
    }
    if (end !== next) break;
    start = end;
  }
  return paid;
}

/** Where units of a generation became more, the rounds on either side count with what they were. */
function shareOf(units: Units, pool: Pool, start: bigint, end: bigint): bigint {
  const changes = [...units.young.keys()].flatMap((generation) => pool.scars.changes(generation));
  const inside = [...new Set(changes)].filter((round) => round > start && round < end);
  const bounds = [start, ...inside.sort((a, b) => Number(a - b)), end];
  let sum = 0n;
  for (const [n, to] of bounds.slice(1).entries()) {
    const from = bounds[n]!;
    sum += pool.fees.of(pool.countAt(units, from), from, to);
  }
  return sum;
}

function least(...bounds: readonly (bigint | undefined)[]): bigint {
  return bounds.filter((bound) => bound !== undefined).reduce((a, b) => (b < a ? b : a));
}
