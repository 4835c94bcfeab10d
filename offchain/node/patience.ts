/** {ms} For a place; shorter than this nobody is asked to wait, so that a place that becomes free finds somebody. */
const LEAST_MS = 250;
/** {1} Halvings, at most. */
const MOST_HALVINGS = 6;

/**
 * How long a live stream's segments wait for a place. Each that found none in time halves it for the next, so that a stream that is shed falls back to its source
 * at once, and not a deadline later each time; each that found one doubles it.
 */
export class Patience {
  #halvings = 0;

  /** {ms} @param mostMs {ms} after which a place would be of no use */
  ms(mostMs: number): number {
    return Math.max(Math.min(LEAST_MS, mostMs), mostMs * 0.5 ** this.#halvings);
  }

  served(): void {
    this.#halvings = Math.max(0, this.#halvings - 1);
  }

  shed(): void {
    this.#halvings = Math.min(MOST_HALVINGS, this.#halvings + 1);
  }
}
