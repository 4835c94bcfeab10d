interface Entry<T> {
  readonly value: Promise<T>;
  readonly readAt: number;
}

/** Answers of the chain that stand for a while. Failures are not kept, and nothing stays longer than its time and one more read. */
export class ReadCache<T> {
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<T>>();

  /** @param now  {ms} a clock that never goes back */
  constructor(lifetimeMs: number, now: () => number = () => performance.now()) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** What `read` answered within the lifetime, or answers now; with `fresh`, now in any case. */
  get(key: string, read: () => Promise<T>, fresh = false): Promise<T> {
    const now = this.#now();
    const known = this.#entries.get(key);
    if (known !== undefined && !fresh && now - known.readAt < this.#lifetimeMs) return known.value;

    this.#prune(now);
    const value = read();
    this.#entries.delete(key);
    this.#entries.set(key, { value, readAt: now });
    value.catch(() => {
      if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
    });
    return value;
  }

  get size(): number {
    return this.#entries.size;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Entries are kept in the order of their reading, so the old ones come first. */
  #prune(now: number): void {
    for (const [key, { readAt }] of this.#entries) {
      if (now - readAt < this.#lifetimeMs) return;
      this.#entries.delete(key);
    }
  }
}
