import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../offchain/pm/interface.ts";

/** Several times as many as any test needs. */
const MOST_JUMPS = 2_000;

/** Time that moves only when a test says so. */
export class Clock__Fake implements Clock {
  #now = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#timers.delete(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      };
      const timer = {
        at: this.#now + ms,
        wake: (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.#timers.add(timer);
    });
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.#now) return;
      this.#timers.delete(timer);
      timer.wake();
    }
  }

  /** Lets everything run and, whenever nothing moves, jumps to the next timer, until `done` settles. */
  async runUntil<T>(done: Promise<T>): Promise<T> {
    let settled = false;
    const observed = done.finally(() => (settled = true));
    observed.catch(() => undefined);
    for (let jumps = 0; jumps < MOST_JUMPS; jumps += 1) {
      for (let i = 0; i < 25 && !settled; i += 1) await turn();
      if (settled) return observed;
      const next = Math.min(...[...this.#timers].map((timer) => timer.at));
      if (Number.isFinite(next)) this.advance(Math.max(0, next - this.#now));
    }
    throw new Error(`nothing settled in ${MOST_JUMPS} jumps of the clock`);
  }
}
