/** Failures at work that another then did, one after the other, before a transcoder is left out. */
const STRIKES = 3;
/** {ms} For how long, the first time; each further time twice as long. */
const FIRST_BREAK_MS = 30_000;
const LONGEST_BREAK_MS = 600_000;

/**
 * What a transcoder's failures say about it. A failure alone says nothing: a segment can be made so that every transcoder fails. One that another
 * transcoder did is held against it. After a break it gets one segment at a time until it has done one.
 */
export class Conduct {
  #doubts = 0;
  #strikes = 0;
  #breaks = 0;
  #onTrial = false;
  /** {ms, Unix} */
  #until = 0;

  /** Failures since its last success, proven or not: others are tried first. */
  get doubts(): number {
    return this.#doubts;
  }

  /** Of so many places, those that it may fill now. */
  places(capacity: number, now: number): number {
    if (now < this.#until) return 0;
    return this.#onTrial ? 1 : capacity;
  }

  /** {ms} Until it is given work again; 0 when it is now. */
  breakMs(now: number): number {
    return Math.max(0, this.#until - now);
  }

  succeeded(): void {
    this.#doubts = this.#strikes = this.#breaks = 0;
    this.#onTrial = false;
  }

  failed(): void {
    this.#doubts++;
  }

  /**
   * Another one did what it had failed at.
   * @returns {ms} how long it is left out; 0 when it is not
   */
  disproved(now: number): number {
    this.#strikes++;
    if (now < this.#until || (this.#strikes < STRIKES && !this.#onTrial)) return 0;
    const length = Math.min(LONGEST_BREAK_MS, FIRST_BREAK_MS * 2 ** this.#breaks);
    this.#breaks++;
    this.#strikes = 0;
    this.#onTrial = true;
    this.#until = now + length;
    return length;
  }
}
