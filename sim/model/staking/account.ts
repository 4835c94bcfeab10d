import type { Address } from "../money.ts";
import type { Kind } from "./cohorts.ts";
import { History } from "./history.ts";
import { Units } from "./units.ts";

/** A claim on a cohort. */
export interface Lock {
  readonly orchestrator: Address;
  /** In which it left. */
  readonly round: bigint;
  readonly withdrawRound: bigint;
  readonly kind: Kind;
  /** Of the cohort; a commission is whole and has none. */
  readonly units: bigint;
}

/** One delegator's stake. */
export class Account {
  orchestrator: Address | null = null;
  readonly units = new Units();
  readonly locks = new Map<number, Lock>();
  lockCount = 0;
  /** Behind whom its stake is active, and which, from a round on. */
  readonly history = new History<{
    readonly from: bigint;
    readonly orchestrator: Address | null;
    readonly units: Units;
  }>();

  /** Its fees of earlier rounds have been taken; nothing before its first bond. */
  claimedBefore: bigint | null = null;

  /** What is so now will be so from round `from` on. */
  record(from: bigint): void {
    this.history.put({ from, orchestrator: this.orchestrator, units: this.units.copy() });
    this.claimedBefore ??= from;
  }
}
