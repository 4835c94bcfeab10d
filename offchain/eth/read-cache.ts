import type { ReadOptions } from "../pm/interface.ts";

export interface ReadCacheOptions {
  /** {ms} For which an answer is not read again. */
  readonly lifetimeMs: number;
  /** {ms} From its reading on, for which the last answer stands while the chain gives no other; 0: not at all. */
  readonly graceMs?: number;
}

interface Answer<T> {
  readonly value: T;
  /** {ms} When it was asked for. */
  readonly readAt: number;
}

interface Entry<T> {
  readonly reading: Promise<T>;
  /** {ms} When it was begun. */
  readonly readAt: number;
  state: "under way" | "answered" | "failed";
  /** Whether it must be read again. */
  isOutdated: boolean;
  /** Nobody waits for this reading who can have the last answer: the one before it has not come back either. */
  readonly isHopeless: boolean;
  last: Answer<T> | null;
}

/** {ms} For which a reading is waited for, when there is an older answer. */
const PATIENCE_MS = 500;
/** Beyond it the entries go that were read first. */
const MOST_ENTRIES = 10_000;

/**
 * Answers of the chain that stand for a while. Failures are not kept. While the chain does not answer, or is slow, the last answer stands for its
 * grace; nothing stays longer than that and one more read.
 */
export class ReadCache<T> {
  readonly #lifetimeMs: number;
  readonly #graceMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<T>>();

  /** @param now  {ms} a clock that never goes back */
  constructor({ lifetimeMs, graceMs = 0 }: ReadCacheOptions, now: () => number = () => performance.now()) {
    this.#lifetimeMs = lifetimeMs;
    this.#graceMs = graceMs;
    this.#now = now;
  }

  /** What `read` answered within the lifetime, or answers now, or else answered within the grace; with `fresh`, what it answers now and nothing else. */
  get(key: string, read: () => Promise<T>, { fresh = false, maxAgeMs = Infinity }: ReadOptions = {}): Promise<T> {
    const now = this.#now();
    const known = this.#entries.get(key);
    const lifetimeMs = Math.min(this.#lifetimeMs, maxAgeMs);
    const isGood =
      known !== undefined && known.state !== "failed" && !known.isOutdated && now - known.readAt < lifetimeMs;
    if (isGood && !fresh) return this.#answer(known, now);

    this.#prune(now);
    const entry = this.#begin(read(), known, now);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.reading.then(
      (value) => {
        entry.state = "answered";
        entry.last = { value, readAt: now };
      },
      () => {
        entry.state = "failed";
        if (entry.last === null && this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return fresh ? entry.reading : this.#answer(entry, now);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** All is read again when it is asked for the next time. */
  clear(): void {
    for (const entry of this.#entries.values()) entry.isOutdated = true;
  }

  #begin(reading: Promise<T>, before: Entry<T> | undefined, now: number): Entry<T> {
    return {
      ...{ reading, readAt: now, state: "under way", isOutdated: false, last: before?.last ?? null },
      isHopeless: before?.state === "under way" && (before.isHopeless || now - before.readAt >= PATIENCE_MS),
    };
  }

  async #answer(entry: Entry<T>, now: number): Promise<T> {
    const { reading, last, isHopeless } = entry;
    if (entry.state === "answered" || last === null || now - last.readAt >= this.#graceMs) return reading;
    const waitMs = isHopeless ? 0 : PATIENCE_MS - (now - entry.readAt);
    if (waitMs <= 0) return last.value;
    const late = Promise.withResolvers<T>();
    const timer = setTimeout(() => late.resolve(last.value), waitMs);
    return Promise.race([reading.catch(() => last.value), late.promise]).finally(() => clearTimeout(timer));
  }

  /** Entries are kept in the order of their reading, so the old ones come first. */
  #prune(now: number): void {
    for (const [key, { readAt }] of this.#entries) {
      const isNeeded = now - readAt < Math.max(this.#lifetimeMs, this.#graceMs);
      if (isNeeded && this.#entries.size < MOST_ENTRIES) return;
      this.#entries.delete(key);
    }
  }
}
