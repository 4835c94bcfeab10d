import type { Witness } from "../../vm/trace.ts";

/** {1} Into how many parts a move divides a range: LIP-6. */
export const ARITY = 16;

/** What a side knows of the run of a program. `Trace` is one. */
export interface Run {
  /** Hashes of the states after these numbers of steps from the start. A machine that has stopped stays as it is. */
  hashesAt(steps: readonly bigint[]): readonly string[] | Promise<readonly string[]>;
  /** The state after this number of steps, and the proof for the step that follows it. */
  witnessAt(step: bigint): Witness | Promise<Witness>;
}

/** Hashes of the states at the beginning of a range, which both sides agree on, and at the ends of its equal parts, which the other side says. */
export interface List {
  /** arity + 1 of them. */
  readonly hashes: readonly string[];
  /** {1} Steps from the start of the run to the first of them. */
  readonly from: bigint;
  /** {1} The range has arity^level steps. At least 1. */
  readonly level: number;
}

/** Where in a list a side disagrees. */
export interface Picked {
  /** {1} Which of its hashes is the first wrong one, from 1. */
  readonly pick: number;
  /** What the contract is shown of the list: `shownOf`. */
  readonly shown: readonly string[];
}

/** An answer to a list: where it is wrong, and what shows it. */
export type Answer =
  | ({ readonly kind: "move"; readonly hashes: readonly string[]; readonly next: List } & Picked)
  | ({ readonly kind: "prove"; readonly state: Uint8Array; readonly proof: Uint8Array } & Picked);
