import { need } from "./refusal.ts";

/** From `startTime` {s} on, rounds last `length` {s}, the first of them being `startRound`. */
export interface Base {
  readonly startTime: bigint;
  readonly startRound: bigint;
  readonly length: bigint;
}

const MIN_LENGTH = 1n;
const MAX_LENGTH = 30n * 86_400n;

/** Rounds as a function of the clock: round = base + (t − start) / length. The caller moves the clock. */
export class Rounds {
  /** {s} The present moment. */
  now: bigint;
  /** {round} The last one that somebody announced. */
  announced: bigint | null = null;
  readonly #bases: Base[];

  constructor(first: Base) {
    this.#bases = [first];
    this.now = first.startTime;
  }

  /** The current round. */
  get current(): bigint {
    return this.at(this.now);
  }

  /** {s} Length of the current round. */
  get length(): bigint {
    return this.#baseAt(this.now).length;
  }

  /** The round at `time`; before the schedule, its first round. */
  at(time: bigint): bigint {
    const base = this.#baseAt(time);
    return time <= base.startTime ? base.startRound : base.startRound + (time - base.startTime) / base.length;
  }

  /** {s} The moment at which `round` begins. */
  startOf(round: bigint): bigint {
    const first = this.#bases[0]!;
    need(round >= first.startRound, "RoundsManagerRoundBeforeStart", round, first.startRound);
    const base = this.#bases.findLast((each) => each.startRound <= round)!;
    return base.startTime + (round - base.startRound) * base.length;
  }

  /** Says that the current round has begun. Nothing depends on it. */
  announce(): void {
    need(this.announced !== this.current, "RoundsManagerRoundAnnounced", this.current);
    this.announced = this.current;
  }

  /** Makes rounds last `length` from the next boundary on; a change that has not begun is forgotten. */
  setLength(length: bigint): void {
    need(
      length >= MIN_LENGTH && length <= MAX_LENGTH,
      "RoundsManagerLengthOutOfBounds",
      length,
      MIN_LENGTH,
      MAX_LENGTH,
    );
    if (this.#bases.length > 1 && this.#bases.at(-1)!.startTime > this.now) this.#bases.pop();
    const next = this.current + 1n;
    this.#bases.push({ startTime: this.startOf(next), startRound: next, length });
  }

  #baseAt(time: bigint): Base {
    return this.#bases.findLast((each) => each.startTime <= time) ?? this.#bases[0]!;
  }
}
