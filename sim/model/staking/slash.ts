import { ONE } from "../money.ts";
import type { Emission } from "./emission.ts";
import type { StakingParameters } from "./parameters.ts";
import type { Pool } from "./pool.ts";
import { Units } from "./units.ts";

/** What one slash took {wei LPT}. */
export interface Slashed {
  readonly loss: bigint;
  readonly bounty: bigint;
}

/** Disputes need not end in the order of their faults: what counts against a fault was forgiven within the period before it or after it. */
export function isForgiven(pool: Pool, fault: bigint, { faultAllowance, faultPeriod }: StakingParameters): boolean {
  const near = [...pool.forgiven].filter((each) => each > fault - faultPeriod && each < fault + faultPeriod);
  return BigInt(near.length) < faultAllowance;
}

/**
 * Takes `fraction` {1e18 = 1} of what the stake that was active in `fault` has become, in the pool and on its way out.
 * @param units the orchestrator's own
 */
export function takeFrom(pool: Pool, units: Units, fault: bigint, fraction: bigint, emission: Emission): Slashed {
  const liable = (from: bigint): boolean => from <= fault;
  const { leaving } = pool;
  const all = pool.count(pool.units);
  const guilty = pool.count(pool.units, liable);
  const taken = all === 0n ? 0n : (((pool.stake * guilty) / all) * fraction) / ONE;
  const fromCommission = ((pool.total - pool.stake) * fraction) / ONE;
  // What leaves with this round is slashed as a part of the pool.
  const own = new Units();
  own.addAll(units);
  own.addAll(leaving.units(true));
  let loss = taken + fromCommission;
  let ownLoss = fromCommission + (guilty === 0n ? 0n : (taken * pool.count(own, liable)) / guilty);
  pool.stake -= taken;
  pool.total -= taken + fromCommission;
  for (let round = fault; round < pool.round; round++) {
    const gone = pool.cohorts.get(round)?.slash(fault, fraction);
    if (gone === undefined) continue;
    loss += gone.loss;
    ownLoss += gone.ownLoss;
  }
  pool.slashed = true;
  pool.scarAfter(fault, fraction);
  const scarred = pool.count(pool.units);
  const after = pool.afterRound(emission);
  leaving.revalue(
    (from, issued) => (scarred === 0n ? 0n : (pool.now(from, issued) * after.stake) / scarred),
    (before) => min(before - (before * fraction) / ONE, after.total - after.stake),
  );
  return { loss, bounty: ownLoss / 2n };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
