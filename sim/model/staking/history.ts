/** What is so from a round on, until the next entry. */
export class History<T extends { readonly from: bigint }> {
  readonly #entries: T[];

  constructor(entries: readonly T[] = []) {
    this.#entries = [...entries];
  }

  /** Rounds come in ascending order; what was said of the same round is replaced. */
  put(entry: T): void {
    if (this.#entries.at(-1)?.from === entry.from) this.#entries.pop();
    this.#entries.push(entry);
  }

  /** The last entry that is not later than `round`. */
  at(round: bigint): T | undefined {
    return this.#entries[this.#countTo(round) - 1];
  }

  /** The first entry that is later than `round`. */
  after(round: bigint): T | undefined {
    return this.#entries[this.#countTo(round)];
  }

  get last(): T | undefined {
    return this.#entries.at(-1);
  }

  all(): readonly T[] {
    return this.#entries;
  }

  copy(): History<T> {
    return new History(this.#entries);
  }

  /** How many entries are not later than `round`. */
  #countTo(round: bigint): number {
    let low = 0;
    for (let high = this.#entries.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.from <= round) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
