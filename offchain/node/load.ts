import { RetryBudget } from "./retry-budget.ts";

/** {1} What the latest segment counts for. */
const WEIGHT = 0.1;

/** What all streams of a gateway know of its load. */
export class Load {
  readonly budget = new RetryBudget();
  /** {1} Pace of good answers of late; null when there were none. */
  #pace: number | null = null;
  #streams = 0;

  /** {1} Rank of a stream that begins: whoever was there before it is served before it. */
  nextRank(): number {
    return this.#streams++;
  }

  /** A good answer came at this pace {1}. */
  delivered(pace: number): void {
    this.budget.earn();
    this.#pace = this.#pace === null ? pace : this.#pace + WEIGHT * (pace - this.#pace);
  }

  /**
   * {ms} That are needed for a segment of this length {ms}, once it is sent. At most half of the time that it has in all: else who was slow once would never
   * be asked again.
   */
  neededMs(durationMs: number, deadlineMs: number): number {
    return Math.min((this.#pace ?? 0) * durationMs, deadlineMs / 2);
  }
}
