import { StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";

export interface SequencerOptions {
  /** {ms} How long a number that was left out is waited for. */
  readonly waitMs: number;
}

/** Segments that can wait for one before them. */
const MOST_WAITING = 8;
/** Segments that are known again when they are repeated. */
const MOST_KNOWN = 64;
/** A number so far back is no late segment: its encoder has begun anew. */
const FAR_BACK = MOST_KNOWN;

interface Known<T> {
  readonly digest: string;
  readonly value: T;
}

/**
 * Puts an encoder's segments in order by its own numbers, which may start anywhere. What was overtaken is waited for, for a while; what is sent
 * twice is known again; numbers that begin anew are followed.
 */
export class Sequencer<T> {
  readonly #options: SequencerOptions;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #release: (value: T) => void;
  readonly #known = new Map<number, Known<T>>();
  readonly #waiting = new Map<number, T>();
  #next: number | null = null;
  #patience: AbortController | null = null;

  /** @param release gets each segment once, in order */
  constructor(
    options: SequencerOptions,
    { clock, release }: { readonly clock: Pick<Clock, "sleep">; readonly release: (value: T) => void },
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#release = release;
  }

  /**
   * @param digest tells segments with one number apart
   * @returns `value`, or that of the earlier one, when this is a repetition
   * @throws StreamflowError SegmentLate, when its turn has passed without it
   */
  push(number: number, digest: string, value: T): T {
    const known = this.#known.get(number);
    if (known?.digest === digest) return known.value;
    if (this.#next !== null && number < this.#next) {
      if (known === undefined && this.#next - number < FAR_BACK)
        throw new StreamflowError("SegmentLate", `segment ${number} comes after ${this.#next - 1}`, {
          number,
          next: this.#next,
        });
      this.#beginAnew(number);
    } else if (known !== undefined) this.#beginAnew(number);
    this.#next ??= number;
    this.#remember(number, { digest, value });
    this.#waiting.set(number, value);
    this.#drain();
    return value;
  }

  /** Nothing comes any more: what waits is given, whatever is missing before it. */
  end(): void {
    this.#stopWaiting();
    while (this.#waiting.size > 0) this.#skip();
  }

  #beginAnew(number: number): void {
    this.end();
    this.#known.clear();
    this.#next = number;
  }

  #drain(): void {
    for (;;) {
      while (this.#next !== null && this.#waiting.has(this.#next)) this.#give(this.#next);
      if (this.#waiting.size < MOST_WAITING) break;
      this.#skip();
    }
    if (this.#waiting.size === 0) this.#stopWaiting();
    else this.#startWaiting();
  }

  /** Gives up what is missing before the first that waits. */
  #skip(): void {
    this.#give(Math.min(...this.#waiting.keys()));
  }

  #give(number: number): void {
    const value = this.#waiting.get(number) as T;
    this.#waiting.delete(number);
    this.#next = number + 1;
    this.#release(value);
  }

  #startWaiting(): void {
    if (this.#patience !== null) return;
    const patience = new AbortController();
    this.#patience = patience;
    this.#clock.sleep(this.#options.waitMs, patience.signal).then(
      () => {
        this.#patience = null;
        this.#skip();
        this.#drain();
      },
      // It came.
      () => undefined,
    );
  }

  #stopWaiting(): void {
    this.#patience?.abort();
    this.#patience = null;
  }

  #remember(number: number, known: Known<T>): void {
    this.#known.set(number, known);
    if (this.#known.size <= MOST_KNOWN) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
