import type { RoundsManager } from "../../types/index.ts";
import type { ReadOptions } from "../pm/interface.ts";
import { ReadCache } from "./read-cache.ts";

/** {ms} A change begins with the next round. */
const LIFETIME_MS = 10_000;

/** From a moment on, rounds last so long; the first of them has this number. */
interface Base {
  readonly startTime: bigint;
  readonly startRound: bigint;
  readonly length: bigint;
}

/** When which round is, without a question to the chain for each. */
export class Schedule {
  readonly #rounds: Pick<RoundsManager, "schedule" | "roundAt">;
  readonly #bases: ReadCache<readonly Base[]>;

  /** @param graceMs {ms} for which what is known stands while the chain does not answer */
  constructor(rounds: Pick<RoundsManager, "schedule" | "roundAt">, graceMs = 0) {
    this.#rounds = rounds;
    this.#bases = new ReadCache({ lifetimeMs: LIFETIME_MS, graceMs });
  }

  /** @param timestamp {s, Unix} @throws StreamflowError ChainUnreachable */
  async roundAt(timestamp: bigint, options?: ReadOptions): Promise<bigint> {
    const bases = await this.#bases.get("", () => this.#read(), options);
    const base = bases.findLast(({ startTime }) => startTime <= timestamp);
    // Before the length of a round last changed: nobody asks for it in the middle of a stream.
    if (base === undefined) return this.#rounds.roundAt(timestamp);
    return base.startRound + (timestamp - base.startTime) / base.length;
  }

  /** In their order. */
  async #read(): Promise<readonly Base[]> {
    const { active, pending } = await this.#rounds.schedule();
    return [active, pending]
      .filter(({ roundLength }) => roundLength > 0n)
      .map(({ startTime, startRound, roundLength: length }) => ({ startTime, startRound, length }));
  }
}
