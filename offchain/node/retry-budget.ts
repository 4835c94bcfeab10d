/** {1} Of each good delivery that second sendings may cost. */
const SHARE = 0.1;
/** {1} That can be saved up: as many as one orchestrator that dies may take with it. It begins full. */
const MOST = 20;

/**
 * Bounds what all streams of a process together send a second time by what was delivered of late. When little is delivered little is repeated: each stream's own
 * means would add the same share to the work when everybody is late, which makes everybody later.
 */
export class RetryBudget {
  #saved = MOST;

  /** {1} Second sendings that can be afforded now. */
  get saved(): number {
    return this.#saved;
  }

  /** A segment was delivered. */
  earn(): void {
    this.#saved = Math.min(MOST, this.#saved + SHARE);
  }

  /** Whether one more can be afforded; it is taken. */
  spend(): boolean {
    // Tenths do not add up exactly.
    if (this.#saved < 1 - 1e-9) return false;
    this.#saved -= 1;
    return true;
  }

  /** What was taken was not used. */
  giveBack(): void {
    this.#saved = Math.min(MOST, this.#saved + 1);
  }
}
