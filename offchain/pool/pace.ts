import type { Speed } from "./interface.ts";

/** {pixel/s} Of one who did not measure itself, until its first work is done: about a core with the default ladder. */
const UNMEASURED: Speed = { single: 50e6, full: 50e6 };
/** What the latest segment counts for. */
const WEIGHT = 0.3;
/** How far one segment may be from those before it: an outlier counts for no more. */
const FURTHEST = 4;

/**
 * How long a transcoder takes, by what it measured and what really happened: its own figure knows nothing of the way to it, of other
 * tenants of its machine, nor of how hard the pictures are.
 */
export class Pace {
  readonly #capacity: number;
  readonly #speed: Speed;
  /** Time taken over time expected, of late. */
  #correction = 1;
  #isLearnt: boolean;

  /** @param factor by which it is expected to be quicker than `speed` */
  constructor(capacity: number, speed: Speed | null, factor = 1) {
    this.#capacity = capacity;
    const { single, full } = speed ?? UNMEASURED;
    this.#speed = { single: factor * single, full: factor * full };
    this.#isLearnt = speed !== null;
  }

  /** {ms} For work of so many output pixels, beside `others` segments. */
  expected(pixels: number, others: number): number {
    return this.#measured(pixels, others) * this.#correction;
  }

  /** Work of so many pixels, begun beside `others`, took `ms`. */
  observe(pixels: number, others: number, ms: number): void {
    const latest = ms / this.#measured(pixels, others);
    if (!this.#isLearnt) {
      this.#correction = latest;
      this.#isLearnt = true;
      return;
    }
    const before = this.#correction;
    this.#correction += WEIGHT * (Math.min(before * FURTHEST, Math.max(before / FURTHEST, latest)) - before);
  }

  #measured(pixels: number, others: number): number {
    const { single, full } = this.#speed;
    const share = this.#capacity === 1 ? 0 : others / (this.#capacity - 1);
    const together = single + (full - single) * Math.min(1, share);
    return (1_000 * pixels * (others + 1)) / together;
  }
}
