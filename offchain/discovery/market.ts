import type { Logger } from "pino";
import { asStreamflowError, StreamflowError, type ErrorCode } from "../errors.ts";
import { comparePrices } from "../pm/price.ts";
import type { Listing, Quote } from "./interface.ts";

const FIRST_SUSPENSION_MS = 250;
const LONGEST_SUSPENSION_MS = 30_000;

/** Refusals after which a fresh quote puts things right; they say nothing against the orchestrator. */
const STALE: ReadonlySet<ErrorCode> = new Set([
  "TicketParamsExpired",
  "CommitmentClosed",
  "CommitmentUnknown",
  "TicketExpired",
  "CapacityExceeded",
]);

export interface MarketOptions {
  /** How long a segment waits for any orchestrator at all [ms]. */
  readonly patienceMs: number;
}

export interface MarketModules {
  /** Asks an orchestrator again. */
  readonly requote: (listing: Listing) => Promise<Quote>;
  readonly log: Logger;
}

interface Member {
  quote: Quote;
  busy: number;
  /** Segments taken so far. */
  taken: number;
  failures: number;
  suspended: boolean;
}

/** A place with an orchestrator, for one segment. */
export interface Slot {
  readonly quote: Quote;
  /** The segment came back as ordered. */
  succeeded(): void;
  /** It did not: the orchestrator is left alone for a while, then asked for a new quote. */
  failed(error: unknown): void;
}

/** The orchestrators that share a stream: who is free, who is suspended, who comes back. */
export class Market {
  readonly #options: MarketOptions;
  readonly #modules: MarketModules;
  readonly #members: Member[];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #wakes = new Set<() => void>();
  #lastRefusal: StreamflowError | undefined;

  constructor(quotes: readonly Quote[], options: MarketOptions, modules: MarketModules) {
    this.#options = options;
    this.#modules = modules;
    this.#members = quotes.map((quote) => ({ quote, busy: 0, taken: 0, failures: 0, suspended: false }));
  }

  /** Segments that can be in flight at once. */
  capacity(): number {
    return this.#members.reduce((sum, { quote, suspended }) => sum + (suspended ? 0 : quote.capacity), 0);
  }

  /**
   * A place with the least loaded orchestrator; among equals the cheapest, then the one that had fewest so far; one of `avoid` only when no other is there at all.
   * @throws StreamflowError the last refusal, or NoOrchestrator, when none is there for `patienceMs`; the signal's reason when aborted
   */
  async acquire(avoid: ReadonlySet<string>, signal: AbortSignal): Promise<Slot> {
    let deadline: number | undefined;
    for (;;) {
      signal.throwIfAborted();
      const present = this.#members.filter(({ suspended }) => !suspended);
      const wanted = present.filter(({ quote }) => !avoid.has(quote.listing.orchestrator));
      const free = (wanted.length > 0 ? wanted : present).filter(({ quote, busy }) => busy < quote.capacity);
      const [best] = free.sort(byPreference);
      if (best !== undefined) return this.#slot(best);

      // A busy orchestrator becomes free by itself; only the absence of all has a limit.
      if (present.length > 0) deadline = undefined;
      else {
        deadline ??= performance.now() + this.#options.patienceMs;
        if (performance.now() >= deadline) {
          throw (
            this.#lastRefusal ??
            new StreamflowError("NoOrchestrator", `no orchestrator for ${this.#options.patienceMs} ms`, {})
          );
        }
      }
      await this.#change(deadline, signal);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #slot(member: Member): Slot {
    member.busy++;
    member.taken++;
    let open = true;
    const settle = (next: () => void) => {
      if (!open) return;
      open = false;
      member.busy--;
      next();
      this.#wake();
    };
    return {
      quote: member.quote,
      succeeded: () => settle(() => (member.failures = 0)),
      failed: (error) => settle(() => this.#suspend(member, asStreamflowError(error))),
    };
  }

  #suspend(member: Member, error: StreamflowError): void {
    this.#lastRefusal = error;
    const stale = STALE.has(error.code);
    if (!stale) member.failures++;
    if (member.suspended) return;
    member.suspended = true;
    const pause = stale
      ? FIRST_SUSPENSION_MS
      : Math.min(LONGEST_SUSPENSION_MS, FIRST_SUSPENSION_MS * 2 ** member.failures);
    this.#modules.log.warn(
      { orchestrator: member.quote.listing.orchestrator, code: error.code, detail: error.message, pauseMs: pause },
      "orchestrator suspended",
    );
    this.#revive(member, pause);
  }

  #revive(member: Member, pauseMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const { listing } = member.quote;
      this.#modules.requote(listing).then(
        (quote) => {
          member.quote = quote;
          member.suspended = false;
          this.#modules.log.info({ orchestrator: listing.orchestrator }, "orchestrator is back");
          this.#wake();
        },
        (thrown: unknown) => {
          this.#lastRefusal = asStreamflowError(thrown);
          member.failures++;
          this.#revive(member, Math.min(LONGEST_SUSPENSION_MS, FIRST_SUSPENSION_MS * 2 ** member.failures));
        },
      );
    }, pauseMs);
    this.#timers.add(timer);
  }

  #wake(): void {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    for (const wake of wakes) wake();
  }

  /** Resolves at the next change of any member, at the deadline, or when aborted. */
  #change(deadline: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        deadline === undefined ? undefined : setTimeout(() => settle(), Math.max(0, deadline - performance.now()));
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", settle);
        this.#wakes.delete(settle);
        resolve();
      };
      this.#wakes.add(settle);
      signal.addEventListener("abort", settle);
    });
  }
}

function byPreference(a: Member, b: Member): number {
  const price = ({ quote }: Member) => quote.session.params.terms.price;
  return (
    a.busy / a.quote.capacity - b.busy / b.quote.capacity || comparePrices(price(a), price(b)) || a.taken - b.taken
  );
}
