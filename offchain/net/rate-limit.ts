/** {1} Names that are remembered; beyond it the one that was heard of first is forgotten. */
const MOST_NAMES = 10_000;

interface Bucket {
  tokens: number;
  /** {ms} When the tokens were counted. */
  at: number;
}

/** Token buckets by name: so many at once, and as many again in the given time. Its memory is bounded. */
export class RateLimit {
  readonly #most: number;
  readonly #perMs: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param options.most {1} at once, and in each `everyMs`
   * @param now {ms} a clock that never goes back
   */
  constructor({ most, everyMs }: { readonly most: number; readonly everyMs: number }, now = () => performance.now()) {
    this.#most = most;
    this.#perMs = most / everyMs;
    this.#now = now;
  }

  /** {ms} 0 when the name may go on, which is counted; else after how long it may. */
  take(name: string): number {
    const now = this.#now();
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: this.#most, at: now };
      this.#buckets.set(name, bucket);
      if (this.#buckets.size > MOST_NAMES) this.#buckets.delete(this.#buckets.keys().next().value!);
    }
    bucket.tokens = Math.min(this.#most, bucket.tokens + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perMs);
    bucket.tokens -= 1;
    return 0;
  }

  /** {1} Names that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }
}
