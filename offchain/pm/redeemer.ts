import type {
  BrokerPort,
  Clock,
  Randomness,
  Redeemer,
  RedeemerCounts,
  StoredWinner,
  TransactionOutcome,
  WinnerStore,
} from "./interface.ts";

export interface RedeemerOptions {
  /** {ms} Longest pause between two looks at the store. Default 5,000. */
  readonly pollInterval?: number;
  /** Winners whose transactions are awaited at once. Default 8. */
  readonly maxInFlight?: number;
  /** {ms} Limit of one call to the broker, and of one wait for a transaction. Default 120,000. */
  readonly timeout?: number;
  /** {ms} First pause after a failure; doubles with each. Default 1,000. */
  readonly backoff?: number;
  /** {ms} Longest pause after a failure. Default 300,000. */
  readonly maxBackoff?: number;
}

export interface RedeemerEvent {
  readonly kind: "sent" | "redeemed" | "expired" | "postponed" | "failed";
  readonly digest: string | null;
  readonly detail: string;
}

export interface RedeemerModules {
  readonly store: WinnerStore;
  readonly broker: BrokerPort;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** For logs and metrics; must not throw. */
  readonly onEvent?: (event: RedeemerEvent) => void;
}

interface Waiter {
  resolve(): void;
}

/**
 * Redeems winners by itself.
 *
 * The chain is the truth: every attempt first asks whether the index is closed, which only this winner's redemption can do, so a
 * transaction that was sent but not recorded (the process was killed in between) is found. A winner leaves the queue for two reasons only:
 * its index is closed, or a round in which it cannot be redeemed any more was seen *before* its index was seen open. Whatever else goes
 * wrong postpones that winner with a growing, jittered pause and touches no other.
 *
 * Submissions follow one another, so the adapter can number them; outcomes are awaited side by side.
 */
export class TicketRedeemer implements Redeemer {
  readonly #options: Required<RedeemerOptions>;
  readonly #modules: RedeemerModules;
  readonly #stop = new AbortController();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #waiters = new Set<Waiter>();
  #submission: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #awake = false;

  constructor(options: RedeemerOptions, modules: RedeemerModules) {
    this.#options = {
      ...{ pollInterval: 5_000, maxInFlight: 8, timeout: 120_000, backoff: 1_000, maxBackoff: 300_000 },
      ...options,
    };
    this.#modules = modules;
  }

  start(): void {
    if (this.#stop.signal.aborted) throw new Error("the redeemer is closed");
    this.#running ??= this.#run(this.#stop.signal);
  }

  notify(): void {
    this.#awake = true;
    this.#wake();
  }

  async drain(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.start();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { resolve };
    const ended = AbortSignal.any([signal, this.#stop.signal]);
    const abort = (): void => reject(ended.reason instanceof Error ? ended.reason : new Error("aborted"));
    ended.addEventListener("abort", abort, { once: true });
    this.#waiters.add(waiter);
    this.notify();
    try {
      await promise;
    } finally {
      ended.removeEventListener("abort", abort);
      this.#waiters.delete(waiter);
    }
  }

  counts(): RedeemerCounts {
    const { store } = this.#modules;
    return { pending: store.count("pending"), redeemed: store.count("redeemed"), expired: store.count("expired") };
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the redeemer was closed"));
    this.#wake();
    await this.#running;
    await Promise.all(this.#busy.values());
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#awake = false;
        this.#fill(signal);
        if (this.#busy.size === 0 && this.#waiters.size > 0 && this.#modules.store.count("pending") === 0) {
          for (const waiter of this.#waiters) waiter.resolve();
        }
      } catch (error) {
        this.#report("failed", null, messageOf(error));
      }
      await this.#idle(signal);
    }
  }

  /** Starts work on winners that are due, as far as slots are free. */
  #fill(signal: AbortSignal): void {
    const { store, clock } = this.#modules;
    const due = store.due(clock.now(), this.#options.maxInFlight + this.#busy.size);
    for (const winner of due) {
      if (this.#busy.size >= this.#options.maxInFlight) return;
      if (this.#busy.has(winner.digest)) continue;
      const work = this.#attempt(winner, signal).finally(() => {
        this.#busy.delete(winner.digest);
        this.notify();
      });
      this.#busy.set(winner.digest, work);
    }
  }

  async #idle(signal: AbortSignal): Promise<void> {
    if (this.#awake || signal.aborted) return;
    const { store, clock } = this.#modules;
    const cancel = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    try {
      const now = clock.now();
      const next = store.nextDue(now);
      const pause = Math.min(this.#options.pollInterval, next === null ? Infinity : next - now);
      const slept = clock.sleep(pause, cancel.signal).catch(() => undefined);
      await Promise.race([woken, slept]);
    } catch (error) {
      this.#report("failed", null, messageOf(error));
      await Promise.race([woken, clock.sleep(this.#options.pollInterval, cancel.signal).catch(() => undefined)]);
    } finally {
      cancel.abort();
    }
  }

  /** Never rejects. */
  async #attempt(winner: StoredWinner, signal: AbortSignal): Promise<void> {
    try {
      await this.#redeem(winner, signal);
    } catch (error) {
      // A wait that close() ended is no failure of the winner.
      if (signal.aborted) return;
      this.#postpone(winner, messageOf(error), false);
    }
  }

  async #redeem(winner: StoredWinner, signal: AbortSignal): Promise<void> {
    const { store, broker } = this.#modules;
    const { recipient, commitmentIndex, creationRound } = winner.ticket;

    // The round is read before the index: a redemption that landed in the last possible round is then never taken for an expiry.
    const [round, validity] = await this.#limited(
      Promise.all([broker.currentRound(), broker.ticketValidity()]),
      signal,
    );
    if (await this.#limited(broker.isClosed(recipient, creationRound, commitmentIndex), signal)) {
      store.markRedeemed(winner.digest);
      this.#report("redeemed", winner.digest, winner.transaction ?? "found closed on chain");
      return;
    }
    const lastRound = creationRound + validity;
    if (round > lastRound) {
      const reason = `round ${round} is after ${lastRound}, the last in which it could be redeemed${winner.reason === null ? "" : `; last failure: ${winner.reason}`}`;
      store.markExpired(winner.digest, reason);
      this.#report("expired", winner.digest, reason);
      return;
    }

    const hash = winner.transaction ?? (await this.#submit(winner, signal));
    const outcome = await this.#outcome(hash, signal);
    if (outcome !== "mined") {
      this.#postpone(winner, `transaction ${hash} was ${outcome}`, true);
    } else if (await this.#limited(broker.isClosed(recipient, creationRound, commitmentIndex), signal)) {
      store.markRedeemed(winner.digest);
      this.#report("redeemed", winner.digest, hash);
    } else {
      // The view of the chain lags behind the receipt, or the block was removed again: the next wait tells.
      this.#postpone(winner, `transaction ${hash} was mined but the index is open`, false);
    }
  }

  /** Sends the transaction and records it; one at a time. A submission under way is not cut short by `close`. */
  #submit(winner: StoredWinner, signal: AbortSignal): Promise<string> {
    const submitted = this.#submission.then(async () => {
      signal.throwIfAborted();
      const never = new AbortController().signal;
      const { hash } = await this.#limited(this.#modules.broker.redeem(winner), never);
      this.#modules.store.markSent(winner.digest, hash);
      this.#report("sent", winner.digest, hash);
      return hash;
    });
    this.#submission = submitted.catch(() => undefined);
    return submitted;
  }

  async #outcome(hash: string, signal: AbortSignal): Promise<TransactionOutcome> {
    const limit = new AbortController();
    try {
      return await this.#limited(this.#modules.broker.wait(hash, AbortSignal.any([limit.signal, signal])), signal);
    } finally {
      limit.abort(new Error("no longer awaited"));
    }
  }

  #postpone(winner: StoredWinner, reason: string, forget: boolean): void {
    const { store, clock, randomness } = this.#modules;
    const { backoff, maxBackoff } = this.#options;
    const full = Math.min(maxBackoff, backoff * 2 ** Math.min(winner.attempts, 30));
    const pause = full / 2 + (full / 2) * ((randomness(1)[0] ?? 0) / 256);
    try {
      store.postpone(winner.digest, Math.ceil(clock.now() + pause), reason, forget);
      this.#report("postponed", winner.digest, reason);
    } catch (error) {
      this.#report("failed", winner.digest, messageOf(error));
    }
  }

  /** A promise's value, unless it takes longer than the limit or the signal aborts. */
  async #limited<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    const cancel = new AbortController();
    const { timeout } = this.#options;
    const late = this.#modules.clock.sleep(timeout, AbortSignal.any([cancel.signal, signal])).then(() => {
      throw new Error(`no answer within ${timeout} ms`);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      late.catch(() => undefined);
      promise.catch(() => undefined);
      cancel.abort(new Error("answered"));
    }
  }

  #report(kind: RedeemerEvent["kind"], digest: string | null, detail: string): void {
    this.#modules.onEvent?.({ kind, digest, detail });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
