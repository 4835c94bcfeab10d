/** Whose turn it is when places are few. */
export interface Turn {
  /** {1} Of the stream: the lower is served first, always. Streams get ascending ones as they begin. */
  readonly rank: number;
  /** {1} Of the segment in its stream. */
  readonly sequence: number;
  /** A second sending of what is with somebody already: after all first ones. */
  readonly isExtra: boolean;
  /** Its viewers wait for it. What comes from a file can wait, and always does: that is no overload. */
  readonly isLive: boolean;
}

interface Waiting {
  readonly turn: Turn;
  readonly wake: () => void;
}

/** Those that wait for a place, in the order in which they get one. */
export class Line {
  readonly #waiting = new Set<Waiting>();

  /** {1} First sendings of live streams that wait. */
  get length(): number {
    let count = 0;
    for (const { turn } of this.#waiting) count += Number(turn.isLive && !turn.isExtra);
    return count;
  }

  /**
   * @param wake called once, when there may be a place; before it is called for whoever comes later
   * @returns a function that leaves the line
   */
  join(turn: Turn, wake: () => void): () => void {
    const waiting = { turn, wake };
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /** Something has changed: all look, the first first. Who finds no place joins again. */
  wake(): void {
    const all = [...this.#waiting].sort((a, b) => before(a.turn, b.turn));
    this.#waiting.clear();
    for (const { wake } of all) wake();
  }
}

function before(a: Turn, b: Turn): number {
  return Number(a.isExtra) - Number(b.isExtra) || a.rank - b.rank || a.sequence - b.sequence;
}
