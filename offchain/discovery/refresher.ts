import type { Logger } from "pino";
import { asStreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";
import { inParallel } from "../pm/parallel.ts";
import type { Offer } from "./offer.ts";
import type { Offers } from "./offers.ts";
import type { Scout } from "./scout.ts";
import type { Random } from "./selection/interface.ts";

export interface RefresherOptions {
  /** How often the registry is read [ms]. */
  readonly registryMs: number;
  /** How often an orchestrator is asked that answers [ms]. */
  readonly quotesMs: number;
  /** Questions per second at most. */
  readonly perSecond: number;
}

export interface RefresherModules {
  readonly scout: Pick<Scout, "readRegistry" | "refresh" | "wanted">;
  readonly offers: Pick<Offers, "save">;
  readonly clock: Clock;
  readonly random: Random;
  /** Something may have changed. */
  readonly onChange: () => void;
  readonly log: Logger;
}

const TICK_MS = 1_000;
const MOST_AT_ONCE = 16;
/** {ms} Who does not answer is asked again after as long as it has been away, but not sooner, */
const SOONEST_MS = 10_000;
/** and no more rarely than once in so many intervals of those that answer. */
const RAREST = 32;
/** Part of every interval that is random, so that broadcasters do not ask in step. */
const JITTER = 0.2;

/** Keeps the offers fresh until it is closed: reads the registry and asks for quotes, at a bounded rate. */
export class Refresher {
  readonly #options: RefresherOptions;
  readonly #modules: RefresherModules;
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;
  #startedAt = 0;
  /** {1} Of each offer as it is after its last question. */
  readonly #jitters = new WeakMap<Offer, number>();

  constructor(options: RefresherOptions, modules: RefresherModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** @param known whether the registry was read a moment ago */
  start(known: boolean): void {
    this.#startedAt = this.#modules.clock.now();
    this.#running ??= Promise.all([this.#readAgainAndAgain(known), this.#askAgainAndAgain()]);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("closed"));
    await this.#running;
  }

  async #readAgainAndAgain(known: boolean): Promise<void> {
    const { scout, log, onChange } = this.#modules;
    if (known && !(await this.#sleep(this.#options.registryMs))) return;
    do {
      try {
        await scout.readRegistry();
        onChange();
      } catch (thrown) {
        // The chain may be away for a while: what was read last stands.
        log.warn({ detail: asStreamflowError(thrown).message }, "registry not read");
      }
    } while (await this.#sleep(this.#options.registryMs));
  }

  async #askAgainAndAgain(): Promise<void> {
    const { scout, offers, clock, onChange } = this.#modules;
    while (await this.#sleep(TICK_MS)) {
      const now = clock.now();
      const due = scout
        .wanted()
        .map((offer) => ({ orchestrator: offer.orchestrator, at: this.#dueAt(offer) }))
        .filter(({ at }) => at <= now)
        .sort((a, b) => a.at - b.at)
        .slice(0, this.#options.perSecond);
      await inParallel(due, ({ orchestrator }) => scout.refresh(orchestrator), MOST_AT_ONCE);
      offers.save();
      if (due.length > 0) onChange();
    }
  }

  /** {ms} */
  #dueAt(offer: Offer): number {
    const { askedAt, refusals, quoted } = offer;
    const { quotesMs } = this.#options;
    // It may have come back since another stream asked it.
    if (refusals > 0 && askedAt < this.#startedAt) return this.#startedAt;
    let jitter = this.#jitters.get(offer);
    if (jitter === undefined) this.#jitters.set(offer, (jitter = this.#jitter()));
    if (refusals === 0) return askedAt + jitter * quotesMs;
    const awayMs = quoted === null ? SOONEST_MS * 2 ** (refusals - 1) : askedAt - quoted.at;
    return askedAt + jitter * Math.max(SOONEST_MS, Math.min(awayMs, RAREST * quotesMs));
  }

  /** False when it was closed meanwhile. */
  async #sleep(ms: number): Promise<boolean> {
    try {
      await this.#modules.clock.sleep(ms * this.#jitter(), this.#stop.signal);
    } catch {
      // Told to end.
    }
    return !this.#stop.signal.aborted;
  }

  #jitter(): number {
    return 1 - JITTER / 2 + JITTER * this.#modules.random();
  }
}
