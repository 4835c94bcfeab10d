import type { Pool } from "./pool.ts";
import { UNSCARRED } from "./scars.ts";
import { Units } from "./units.ts";

/** What grew old in the pool does so in one delegator's units of it. */
export function settle(pool: Pool, units: Units): void {
  for (const [from, issued] of units.young) {
    if (from > pool.round || pool.units.young.has(from)) continue;
    units.young.delete(from);
    units.old += pool.now(from, issued);
  }
}

/** {wei LPT} Of those units that are active, when all of the pool's are worth `stake`. */
export function worthOf(pool: Pool, units: Units, stake = pool.stake): bigint {
  const all = pool.count(pool.units);
  return all === 0n ? 0n : (stake * pool.count(units, (from) => from <= pool.round)) / all;
}

/** {wei LPT} Of those units that become active with the next round. */
export function waitingOf({ entering, round }: Pool, units: Units): bigint {
  const { issued, stake } = entering;
  return issued === 0n ? 0n : (stake * (units.young.get(round + 1n) ?? 0n)) / issued;
}

/** Takes back `amount` of the `waiting` that is not active yet. */
export function cancel(pool: Pool, units: Units, amount: bigint, waiting: bigint): void {
  const from = pool.round + 1n;
  const issued = units.young.get(from)!;
  const part = amount === waiting ? issued : ceilDiv(issued * amount, waiting);
  const removed = new Units();
  removed.add(from, part);
  units.remove(removed);
  pool.entering.issued -= part;
  pool.entering.stake -= amount;
}

/**
 * The oldest of the active units that are worth `amount` now, or all of them if that is all they are worth: rounding must leave nothing behind.
 * @param active {wei LPT} what all of them are worth
 */
export function oldestOf(pool: Pool, units: Units, amount: bigint, active: bigint): Units {
  const part = new Units();
  const isAll = amount === active;
  let missing = isAll ? 0n : ceilDiv(amount * pool.count(pool.units), pool.stake);
  for (const [from, issued] of units.parts()) {
    if (from !== null && from > pool.round) break;
    if (isAll) {
      part.add(from, issued);
      continue;
    }
    if (missing <= 0n) break;
    const wanted = from === null ? missing : ceilDiv(missing * UNSCARRED, pool.scars.of(from));
    const taken = wanted < issued ? wanted : issued;
    part.add(from, taken);
    missing -= pool.now(from, taken);
  }
  return part;
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
