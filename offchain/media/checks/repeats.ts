/** {1} Segments of a stream that are remembered. */
const MOST = 4_096;

interface Seen {
  readonly sequence: number;
  readonly source: string;
}

/** What the renditions of a stream were coded like. A still picture makes the same coding again and again: that repeats its source, too. */
export class Repeats {
  readonly #seen = new Map<string, Seen>();

  /**
   * Whether this coding was delivered before, for a segment whose source was coded differently.
   * @param coding of the rendition, @param source of what it was made from: `codingHash`
   */
  isRepeated(coding: string, { sequence, source }: Seen): boolean {
    const seen = this.#seen.get(coding);
    return seen !== undefined && seen.sequence !== sequence && seen.source !== source;
  }

  /** The first segment that was delivered so is remembered. */
  add(coding: string, seen: Seen): void {
    if (this.#seen.has(coding)) return;
    this.#seen.set(coding, seen);
    if (this.#seen.size > MOST) this.#seen.delete(this.#seen.keys().next().value!);
  }
}
