import { ONE } from "../money.ts";
import { Units } from "./units.ts";

/** What the stake of a cohort answers for: old stake, one of two young generations, the same of the orchestrator's own, its commission. */
export type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const COMMISSION = 6;
const OLD = [0, 3] as const;
const YOUNG = [
  [1, 2],
  [4, 5],
] as const;

interface Cohort {
  /** As they were issued; a commission has none. */
  units: bigint;
  /** {wei LPT} What they are worth. */
  stake: bigint;
  /** Round of activation of a young generation. */
  readonly from: bigint | null;
}

/** Stake that left a pool in one round, by what it answers for: a slash takes its fraction of a whole cohort or nothing of it. */
export class Cohorts {
  readonly #cohorts = new Map<Kind, Cohort>();

  get empty(): boolean {
    return this.#cohorts.size === 0;
  }

  /** {wei LPT} Without the commission. */
  get stake(): bigint {
    let sum = 0n;
    for (const [kind, { stake }] of this.#cohorts) if (kind !== COMMISSION) sum += stake;
    return sum;
  }

  /** {wei LPT} */
  get commission(): bigint {
    return this.#cohorts.get(COMMISSION)?.stake ?? 0n;
  }

  /** Everybody's units, or the orchestrator's own. */
  units(ownOnly = false): Units {
    const sum = new Units();
    for (const [kind, { from, units }] of this.#cohorts) if (!ownOnly || isOwn(kind)) sum.add(from, units);
    return sum;
  }

  /** @returns the cohort that took them */
  add(own: boolean, from: bigint | null, units: bigint, stake: bigint): Kind {
    const kind = this.#kindOf(own, from);
    this.#add(kind, from, units, stake);
    return kind;
  }

  addCommission(stake: bigint): void {
    this.#add(COMMISSION, null, 0n, stake);
  }

  /** {wei LPT} Of `units` of a cohort; the commission is whole. */
  valueOf(kind: Kind, units: bigint): bigint {
    const cohort = this.#cohorts.get(kind)!;
    return kind === COMMISSION ? cohort.stake : (cohort.stake * units) / cohort.units;
  }

  redeem(kind: Kind, units: bigint): bigint {
    const value = this.valueOf(kind, units);
    const cohort = this.#cohorts.get(kind)!;
    cohort.stake -= value;
    cohort.units -= units;
    return value;
  }

  /** Takes `fraction` {1e18 = 1} of the stake that was active in `fault`. */
  slash(fault: bigint, fraction: bigint): { loss: bigint; ownLoss: bigint } {
    let loss = 0n;
    let ownLoss = 0n;
    for (const [kind, cohort] of this.#cohorts) {
      if (cohort.from !== null && cohort.from > fault) continue;
      const taken = (cohort.stake * fraction) / ONE;
      cohort.stake -= taken;
      loss += taken;
      if (isOwn(kind)) ownLoss += taken;
    }
    return { loss, ownLoss };
  }

  /** Values stake that is still counted in its pool again. */
  revalue(worth: (from: bigint | null, units: bigint) => bigint, commission: (before: bigint) => bigint): void {
    for (const [kind, cohort] of this.#cohorts)
      cohort.stake = kind === COMMISSION ? commission(cohort.stake) : worth(cohort.from, cohort.units);
  }

  #kindOf(own: boolean, from: bigint | null): Kind {
    const side = own ? 1 : 0;
    if (from === null) return OLD[side];
    const [first, second] = YOUNG[side];
    const taken = this.#cohorts.get(first);
    return taken === undefined || taken.from === from ? first : second;
  }

  #add(kind: Kind, from: bigint | null, units: bigint, stake: bigint): void {
    const cohort = this.#cohorts.get(kind) ?? { units: 0n, stake: 0n, from };
    // No new stake enters under dispute, so that a pool has no third generation.
    if (cohort.from !== from) throw new RangeError(`cohort ${kind} holds generation ${cohort.from}, not ${from}`);
    cohort.units += units;
    cohort.stake += stake;
    this.#cohorts.set(kind, cohort);
  }
}

function isOwn(kind: Kind): boolean {
  return kind >= OLD[1];
}
