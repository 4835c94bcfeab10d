import type { Logger } from "pino";
import type { Market, Slot } from "../discovery/market.ts";
import { severityOf } from "../discovery/history/severity.ts";
import type { Random } from "../discovery/selection/interface.ts";
import { asStreamflowError } from "../errors.ts";
import type { TranscodedRendition } from "../media/interface.ts";
import type { Checking } from "./checking.ts";
import type { DeliveryMetrics } from "../observability/interface.ts";
import { Comparison, type Disagreement, type Measured, measuredInRefusal, measuredOf } from "./comparison.ts";
import type { Hedging } from "./hedging.ts";
import type { Load } from "./load.ts";
import type { Patience } from "./patience.ts";
import type { PreparedSegment, SegmentBuyer } from "./segment-buyer.ts";

export interface RaceOptions {
  /** How often a segment is sent before it is reported missing. */
  readonly attempts: number;
  /** To how many at once. */
  readonly copies: number;
  /** {1} Share of the segments with several copies of which all answers are awaited. */
  readonly compare: number;
  /** {ms} How long the segment has from when it came (live), or from when it was first sent (a file, which can wait for a place). */
  readonly deadline: { readonly ms: number; readonly from: "arrival" | "sending" };
  /** {1} Of the stream, when places are few: `Turn`. */
  readonly rank: number;
}

export interface RaceModules {
  readonly market: Pick<Market, "acquire" | "acquireOther" | "waiting">;
  readonly buyer: Pick<SegmentBuyer, "buy">;
  readonly hedging: Pick<Hedging, "delayFor" | "earn" | "observe" | "spend" | "giveBack">;
  readonly load: Pick<Load, "budget" | "delivered" | "neededMs">;
  readonly patience: Pick<Patience, "ms" | "served" | "shed">;
  /** Looks at pictures of an answer before it counts; without it nobody does. */
  readonly checking?: Pick<Checking, "check">;
  readonly random: Random;
  /** Told of answers that disagree, for further checks; must not throw. */
  readonly onDisagreement?: (found: Disagreement) => void;
  readonly metrics?: DeliveryMetrics | undefined;
  readonly log: Logger;
}

/** {1} Of the time that is left to a segment when it is sent, after which it is late in any case: a second one still has as much. */
const LAST_CHANCE = 0.5;
/** {ms} Between two looks for a second orchestrator for a segment that is late. */
const HEDGE_AGAIN_MS = 1_000;

/** One copy with one orchestrator. */
interface Sending {
  readonly orchestrator: string;
  /** Its answer has not come: once it has, it is not late, however long it is checked. */
  isAwaited: boolean;
}

/** The good answer. */
export interface Won {
  readonly orchestrator: string;
  readonly renditions: readonly TranscodedRendition[];
}

/**
 * One segment on its way: sent to one orchestrator or to several, to a second one when it is late, to another one when it fails, until there is
 * a good answer, or the attempts or the time are used up. No orchestrator has two copies of it at the same time. Whoever is not the first with a good answer keeps
 * the ticket that came with the segment.
 */
export class Race {
  readonly #prepared: PreparedSegment;
  readonly #options: RaceOptions;
  readonly #modules: RaceModules;
  /** Ends what is under way. */
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #won = Promise.withResolvers<Won | null>();
  readonly #tried = new Set<string>();
  readonly #comparison: Comparison;
  readonly #awaitsAll: boolean;
  /** From whom the segment was not waited for alone any longer. */
  readonly #lateOnes = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** {ms, of the process} When its time is up. */
  #deadlineAt = Infinity;
  /** A segment has one. */
  #hasLastChance = true;
  #isWon = false;
  #isSeeking = false;
  #inFlight = 0;
  #runners = 0;
  #attempts = 0;

  constructor(prepared: PreparedSegment, options: RaceOptions, modules: RaceModules, signal: AbortSignal) {
    this.#prepared = prepared;
    this.#options = options;
    this.#modules = modules;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#comparison = new Comparison(prepared.segment.sequence);
    this.#awaitsAll = options.copies > 1 && modules.random() < options.compare;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /**
   * Runs the race. `won` is the first good answer, null when there is none; `over` resolves when nothing is under way any more. Neither
   * rejects: the caller's signal ends both.
   */
  start(): { readonly won: Promise<Won | null>; readonly over: Promise<void> } {
    const over = Promise.withResolvers<void>();
    if (this.#options.deadline.from === "arrival") this.#startClock();
    void this.#won.promise.then(() => this.#clearTimers());
    void this.#run(over.resolve);
    return { won: this.#won.promise, over: over.promise };
  }

  /** One copy on its way from one orchestrator to the next. The answer is how often it was sent. */
  #run(onOver: () => void): Promise<number> {
    this.#runners++;
    return this.#runner(onOver).finally(() => {
      this.#runners--;
      if (this.#runners > 0) return;
      this.#won.resolve(null);
      onOver();
    });
  }

  async #runner(onOver: () => void): Promise<number> {
    const { budget } = this.#modules.load;
    /** Whether the next sending has been taken out of the budget. */
    let isBudgeted = false;
    for (let sendings = 0; ; sendings++) {
      const slot = this.#maySend() ? await this.#place() : null;
      // Somebody may have won while the place was waited for.
      if (slot === null || this.#isOver()) {
        slot?.abandoned(null);
        if (isBudgeted) budget.giveBack();
        return sendings;
      }
      if (sendings > 0) this.#modules.metrics?.retried.inc({});
      const sending: Sending = { orchestrator: slot.quote.listing.orchestrator, isAwaited: true };
      const sent = this.#send(slot, sending);
      if (this.#attempts === 1) this.#begin(onOver);
      if (this.#options.copies === 1) this.#armHedge(sending, onOver);
      const result = await sent;
      if (result === "good") return sendings + 1;
      // While others wait for a place, what has failed takes one from them only as far as the budget goes.
      isBudgeted = result === "failed" && this.#maySend() && this.#modules.market.waiting > 0;
      if (isBudgeted && !budget.spend()) {
        this.#modules.metrics?.withheld.inc({ kind: "retry" });
        const { sequence } = this.#prepared.segment;
        this.#modules.log.warn({ sequence }, "segment not sent again: there is too much to do");
        return sendings + 1;
      }
    }
  }

  #maySend(): boolean {
    return !this.#isOver() && this.#attempts < this.#options.attempts;
  }

  #isOver(): boolean {
    return this.#isWon || this.#signal.aborted;
  }

  #startClock(): void {
    const { ms } = this.#options.deadline;
    this.#deadlineAt = performance.now() + ms;
    this.#timers.add(setTimeout(() => this.#over.abort(new Error("the segment's time is up")), ms));
  }

  /** With the first sending the other copies go out. */
  #begin(onOver: () => void): void {
    this.#modules.hedging.earn();
    if (this.#options.deadline.from === "sending") this.#startClock();
    for (let copy = 1; copy < this.#options.copies; copy++) void this.#run(onOver);
  }

  async #place(): Promise<Slot | null> {
    const { market, log, patience, metrics } = this.#modules;
    const { sequence } = this.#prepared.segment;
    const { rank, deadline } = this.#options;
    const isLive = deadline.from === "arrival";
    const until = this.#usefulUntil();
    try {
      if (this.#inFlight > 0 || this.#isSeeking) {
        const want = { turn: { rank, sequence, isLive, isExtra: isLive }, until, patient: true };
        return await market.acquireOther(this.#tried, want, this.#signal);
      }
      this.#isSeeking = true;
      try {
        const now = performance.now();
        const patientUntil = isLive ? now + patience.ms(Math.max(0, until - now)) : until;
        const want = { turn: { rank, sequence, isLive, isExtra: false }, until, patientUntil };
        const slot = await market.acquire(this.#tried, want, this.#signal);
        patience.served();
        return slot;
      } finally {
        this.#isSeeking = false;
      }
    } catch (thrown) {
      if (!this.#signal.aborted) {
        const { code, message: detail } = asStreamflowError(thrown);
        if (code === "Overloaded") {
          patience.shed();
          metrics?.shed.inc({});
          log.warn({ sequence, code, detail }, "segment shed: there is no place for it in time");
        } else log.error({ sequence, code, detail }, "segment cannot be sent");
      }
      return null;
    }
  }

  /** {ms, of the process} Until when a place is of use: later the segment could not be done in time. */
  #usefulUntil(): number {
    const { durationMs } = this.#prepared.segment.info;
    return this.#deadlineAt - this.#modules.load.neededMs(durationMs, this.#options.deadline.ms);
  }

  /** `refused` cost nothing: it was not worked on. */
  async #send(slot: Slot, sending: Sending): Promise<"good" | "refused" | "failed"> {
    const { buyer, checking, hedging, load, log } = this.#modules;
    const { segment } = this.#prepared;
    const { sequence, info } = segment;
    const { orchestrator } = sending;
    const begun = performance.now();
    const pace = () => (performance.now() - begun) / info.durationMs;
    this.#tried.add(orchestrator);
    this.#attempts++;
    this.#inFlight++;
    try {
      const { renditions, renewal } = await buyer.buy(this.#prepared, slot.quote, this.#remainingMs(), this.#signal);
      const took = pace();
      sending.isAwaited = false;
      if (checking !== undefined) await checking.check(segment, orchestrator, renditions, this.#signal);
      slot.succeeded(took, renewal);
      hedging.observe(took);
      load.delivered(took);
      this.#compare(orchestrator, measuredOf(renditions));
      this.#win({ orchestrator, renditions });
      return "good";
    } catch (thrown) {
      const error = asStreamflowError(thrown);
      this.#compare(orchestrator, measuredInRefusal(error.data));
      // A request that was ended fails, too; a bad answer that came at the same moment is one all the same.
      if (this.#signal.aborted && severityOf(error.code).weight <= 1) {
        if (this.#lateOnes.has(orchestrator)) slot.late(pace());
        else slot.abandoned(pace());
        return "failed";
      }
      slot.failed(error);
      log.warn({ sequence, orchestrator, code: error.code, detail: error.message }, "segment not delivered");
      return severityOf(error.code).weight === 0 ? "refused" : "failed";
    } finally {
      sending.isAwaited = false;
      this.#inFlight--;
    }
  }

  /** {ms} That the answer is waited for. */
  #remainingMs(): number {
    return this.#deadlineAt - performance.now();
  }

  #win(won: Won): void {
    if (this.#isWon) return;
    this.#isWon = true;
    this.#won.resolve(won);
    if (!this.#awaitsAll) this.#over.abort(new Error("somebody was faster"));
  }

  #armHedge(sending: Sending, onOver: () => void): void {
    const { orchestrator } = sending;
    const usualMs = this.#modules.hedging.delayFor(orchestrator, this.#prepared.segment.info.durationMs);
    if (usualMs === null) return;
    const lastMs = LAST_CHANCE * Math.max(0, this.#deadlineAt - performance.now());
    const lastAt = performance.now() + lastMs;
    const delayMs = Math.min(usualMs, lastMs);
    this.#after(delayMs, () => {
      if (!sending.isAwaited) return;
      const { sequence } = this.#prepared.segment;
      this.#modules.log.info({ sequence, orchestrator, delayMs: Math.round(delayMs) }, "segment is late");
      this.#hedge(sending, lastAt, onOver);
    });
  }

  /**
   * Sends it to a second one; when there is none, or no means, as soon as there are.
   * @param lastAt {ms, of the process} from when on it is lost without
   */
  #hedge(sending: Sending, lastAt: number, onOver: () => void): void {
    if (!sending.isAwaited) return;
    const { hedging, load, market, metrics } = this.#modules;
    const leftMs = lastAt - performance.now();
    const again = (ms: number) => this.#after(ms, () => this.#hedge(sending, lastAt, onOver));
    const later = () => again(leftMs > 0 ? Math.min(HEDGE_AGAIN_MS, leftMs) : HEDGE_AGAIN_MS);
    // It would take the place of what nobody has yet.
    if (market.waiting > 0 || !load.budget.spend()) {
      metrics?.withheld.inc({ kind: "hedge" });
      return later();
    }
    const means = hedging.spend(this.#hasLastChance && leftMs <= 0);
    if (means === null) {
      load.budget.giveBack();
      return later();
    }
    if (means === "last chance") this.#hasLastChance = false;
    this.#lateOnes.add(sending.orchestrator);
    void this.#run(onOver).then((sendings) => {
      if (sendings > 0) return this.#modules.metrics?.hedged.inc({});
      hedging.giveBack(means);
      load.budget.giveBack();
      if (means === "last chance") this.#hasLastChance = true;
      again(HEDGE_AGAIN_MS);
    });
  }

  /** Later, unless the race is over by then. */
  #after(ms: number, act: () => void): void {
    if (this.#isOver()) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isOver()) act();
    }, ms);
    this.#timers.add(timer);
  }

  #compare(orchestrator: string, measured: readonly Measured[]): void {
    const found = this.#comparison.add(orchestrator, measured);
    if (found === null) return;
    this.#modules.log.warn({ code: "AnswersDisagree", ...found }, "answers disagree");
    this.#modules.onDisagreement?.(found);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
