import { Random } from "../../../sim/engine/random.ts";
import type { Fault } from "./faults/interface.ts";

/** Streams of random numbers: what the schedule draws does not depend on what faults and encoders draw. */
const STREAM = 1;

export interface Strike<V> {
  readonly fault: Fault;
  readonly victim: V;
  /** {s} */
  readonly seconds: number;
}

/** Which fault comes next, whom it strikes, and how long it lasts: every kind once, in a new order, then again. */
export class Schedule<V> {
  readonly #random: Random;
  readonly #faults: readonly Fault[];
  readonly #victims: readonly V[];
  /** {1} Of the faults' own durations. */
  readonly #pace: number;
  #ahead: Fault[] = [];

  constructor(
    { seed, pace }: { readonly seed: number; readonly pace: number },
    { faults, victims }: { readonly faults: readonly Fault[]; readonly victims: readonly V[] },
  ) {
    this.#random = new Random(seed, STREAM);
    this.#faults = faults;
    this.#victims = victims;
    this.#pace = pace;
  }

  next(): Strike<V> {
    if (this.#ahead.length === 0) this.#ahead = this.#random.shuffle(this.#faults);
    const fault = this.#ahead.pop();
    if (fault === undefined) throw new RangeError("there are no faults");
    const [least, most] = fault.seconds;
    const seconds = this.#pace * (least + this.#random.fraction() * (most - least));
    return { fault, victim: this.#random.pick(this.#victims), seconds };
  }
}
