import type { Logger } from "pino";
import { asStreamflowError, type ErrorCode, StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";
import { FIRST_PAUSE_MS, severityOf } from "./history/severity.ts";
import type { Standings } from "./history/standings.ts";
import type { Quote } from "./interface.ts";
import { Line, type Turn } from "./line.ts";
import type { Scout } from "./scout.ts";
import { drawNewcomer, type Exploration } from "./selection/explore.ts";
import type { Candidate, Policy } from "./selection/interface.ts";
import type { SignedQuote } from "./signed-quote.ts";

export interface MarketOptions {
  /** How many orchestrators share the work, when there are as many. */
  readonly size: number;
  /** How long a segment waits for any orchestrator at all [ms]. */
  readonly patienceMs: number;
  readonly exploration: Exploration;
}

export interface MarketModules {
  readonly scout: Pick<
    Scout,
    "candidates" | "candidate" | "open" | "ask" | "keep" | "isListed" | "newer" | "msUntilAny"
  >;
  readonly standings: Pick<Standings, "get" | "succeeded" | "late" | "failed">;
  readonly policy: Policy;
  readonly clock: Clock;
  /** Told of each suspension, with the code of the failure; of one for being slow without. */
  readonly onSuspend?: ((orchestrator: string, code: ErrorCode | null) => void) | undefined;
  readonly log: Logger;
}

/** An orchestrator with which the stream has a session. */
interface Member {
  quote: Quote;
  /** As it was when there was the last reason to look. */
  candidate: Candidate;
  busy: number;
  /** {1} Segments that it is believed to take at a time: others buy there, too. */
  limit: number;
  /** Segments taken so far. */
  taken: number;
  /** Refusals in a row that say nothing against it. */
  refusals: number;
  suspended: boolean;
  /** It is here for one segment, to be known. */
  readonly guest: boolean;
}

/** What a place is wanted for. */
export interface Want {
  readonly turn: Turn;
  /** {ms, of the process} When it is of no use any more; Infinity: never. */
  readonly until: number;
  /** {ms, of the process} The same while others have all places: earlier, when to wait has been in vain of late. */
  readonly patientUntil: number;
}

/** A place with an orchestrator, for one segment. */
export interface Slot {
  readonly quote: Quote;
  /** The segment came back as ordered, at this pace {1}; with a quote for what follows, or null when the present one stands. */
  succeeded(pace: number, renewal: SignedQuote | null): void;
  /** It did not: the orchestrator is left alone for a while, then asked for a new quote. */
  failed(error: unknown): void;
  /** It was not waited for any longer: somebody else was faster. {1} The pace that it can have had at best; null when nothing was sent. */
  abandoned(pace: number | null): void;
  /** The same, because it took longer than usual: whether it is still there is asked before it gets another segment. */
  late(pace: number): void;
}

/** Whether a segment may go to a newcomer: to one that is there as a guest, or also to one that a draw calls. */
type Explores = "no" | "guests" | "draws";

/** With these an orchestrator says, before it is paid, that it has too much to do. */
const LADEN: ReadonlySet<ErrorCode> = new Set(["CapacityExceeded", "Overloaded"]);
/** {ms} Between two looks for others when too few are present. */
const RECRUIT_MS = 1_000;

/** The orchestrators that share a stream: who gets a segment, who is suspended, who comes back, who takes another's place. */
export class Market {
  readonly #options: MarketOptions;
  readonly #modules: MarketModules;
  readonly #members = new Map<string, Member>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #line = new Line();
  readonly #openers = new Set<() => void>();
  #lastRefusal: StreamflowError | undefined;
  #recruiting: Promise<void> | undefined;
  #recruitedAt = -Infinity;
  #inviting = false;
  #closed = false;
  #size: number;

  constructor(options: MarketOptions, modules: MarketModules) {
    this.#options = options;
    this.#modules = modules;
    this.#size = options.size;
  }

  /**
   * Opens sessions with the best. Resolves when there is one. Suspended ones are waited for, if there is nobody else.
   * @throws StreamflowError the last refusal, or NoOrchestrator; the signal's reason when aborted
   */
  async open(signal: AbortSignal): Promise<void> {
    for (;;) {
      const opened = Promise.withResolvers<void>();
      this.#openers.add(opened.resolve);
      await Promise.race([opened.promise, this.#recruit()]);
      this.#openers.delete(opened.resolve);
      if (this.#members.size > 0) return;
      const waitMs = this.#modules.scout.msUntilAny();
      if (waitMs > this.#options.patienceMs) break;
      await this.#modules.clock.sleep(waitMs + 1, signal);
    }
    throw this.#lastRefusal ?? new StreamflowError("NoOrchestrator", "nobody offers the service acceptably", {});
  }

  /** With whom there are sessions. */
  orchestrators(): string[] {
    return [...this.#members.keys()];
  }

  /** From now on so many share the work; those that are too many stay until they are suspended. */
  resize(size: number): void {
    this.#size = size;
    this.#recruitIfFew();
  }

  /** Segments that can be in flight at once. */
  capacity(): number {
    let sum = 0;
    for (const member of this.#members.values()) if (!member.suspended) sum += this.#placesOf(member);
    return sum;
  }

  /** {1} Segments that nobody has, and that wait for a place. Above 0 there is more to do than can be done. */
  get waiting(): number {
    return this.#line.length;
  }

  /** The scout knows more than it did: sessions take newer quotes, who is not listed any more leaves, and others may come. */
  poke(): void {
    const { scout } = this.#modules;
    for (const [orchestrator, { quote, busy }] of this.#members) {
      const newer = scout.newer(quote);
      // Its own policy may refuse it; then the present one stands as long as it does.
      if (newer !== null) void quote.session.update(newer).catch(() => undefined);
      if (busy === 0 && !scout.isListed(orchestrator)) this.#leave(orchestrator);
    }
    this.#recruitedAt = -Infinity;
    this.#recruitIfFew();
  }

  /**
   * A place for a segment, with whom the policy prefers among those that have one, less the more of its places are taken; or with a
   * newcomer, now and then. One of `avoid` only when no other is there at all. Whoever's turn comes first gets it first.
   * @throws StreamflowError Overloaded, when there is none while it is of use; the last refusal, or NoOrchestrator, when nobody is there for `patienceMs`; the signal's reason when aborted
   */
  async acquire(avoid: ReadonlySet<string>, { turn, until, patientUntil }: Want, signal: AbortSignal): Promise<Slot> {
    let deadline: number | undefined;
    let explores: Explores = avoid.size === 0 ? "draws" : "no";
    for (;;) {
      signal.throwIfAborted();
      this.#recruitIfFew();
      const present = this.#present();
      const wanted = present.filter(({ quote }) => !avoid.has(quote.listing.orchestrator));
      const isUseful = performance.now() < until;
      const best = isUseful ? this.#best(wanted.length > 0 ? wanted : present, explores) : null;
      if (best !== null) return this.#slot(best);
      // The share is one of segments, and not of their looks: while places are few there are many of these.
      if (explores === "draws") explores = "guests";

      // A busy orchestrator becomes free by itself; only the absence of all has a limit.
      if (present.length > 0) {
        deadline = undefined;
        if (performance.now() >= patientUntil) throw this.#overloaded();
      } else {
        deadline ??= Math.min(until, performance.now() + this.#options.patienceMs);
        if (performance.now() >= deadline) {
          throw this.#lastRefusal ?? new StreamflowError("NoOrchestrator", "no orchestrator was there in time", {});
        }
      }
      // When nobody is there, others are looked for again and again.
      const nextLook = deadline === undefined ? patientUntil : Math.min(deadline, performance.now() + RECRUIT_MS);
      await this.#change(turn, nextLook, signal);
    }
  }

  /** The same for one more copy of a segment that others have: with none of `others`, at once if `patient` is false; null when there is nobody else, or none in time. */
  async acquireOther(
    others: ReadonlySet<string>,
    { turn, until, patient }: Pick<Want, "turn" | "until"> & { readonly patient: boolean },
    signal: AbortSignal,
  ): Promise<Slot | null> {
    for (;;) {
      signal.throwIfAborted();
      const wanted = this.#present().filter(({ quote, guest }) => !guest && !others.has(quote.listing.orchestrator));
      const best = this.#best(wanted, "no");
      if (best !== null) return this.#slot(best);
      if (wanted.length === 0 || !patient || performance.now() >= until) return null;
      await this.#change(turn, until, signal);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #present(): Member[] {
    return [...this.#members.values()].filter(({ suspended }) => !suspended);
  }

  /** {1} Who has yet to prove itself gets one segment at a time. */
  #placesOf({ quote, guest, limit }: Member): number {
    const { orchestrator, capacity } = quote.signed.quote;
    if (guest || this.#modules.standings.get(orchestrator).probation > 0) return 1;
    return Math.max(1, Math.min(capacity, Math.floor(limit)));
  }

  #overloaded(): StreamflowError {
    return new StreamflowError("Overloaded", `no place in time: ${this.waiting} segments wait for one`, {
      waiting: this.waiting,
    });
  }

  #best(members: readonly Member[], explores: Explores): Member | null {
    const free = members.filter((member) => member.busy < this.#placesOf(member));
    if (explores !== "no") {
      const newcomer = this.#explore(free, explores);
      if (newcomer !== null) return newcomer;
    }
    const byName = new Map(free.map((member) => [member.candidate.orchestrator, member]));
    let best: { member: Member; rank: number } | null = null;
    for (const { candidate, score } of this.#modules.policy(free.map(({ candidate }) => candidate))) {
      const member = byName.get(candidate.orchestrator)!;
      const rank = Number(candidate.own) + score * (1 - member.busy / this.#placesOf(member));
      // Among equals it is the turn of who had fewest.
      if (best === null || rank > best.rank || (rank === best.rank && member.taken < best.member.taken))
        best = { member, rank };
    }
    return best?.member ?? null;
  }

  /** A guest that has not had its segment comes first; else there is a draw, one newcomer at a time. */
  #explore(free: readonly Member[], explores: Explores): Member | null {
    const guests = [...this.#members.values()].filter(({ guest }) => guest);
    if (guests.length > 0) return guests.find((guest) => free.includes(guest) && guest.taken === 0) ?? null;
    if (this.#inviting || explores !== "draws") return null;
    const newcomer = drawNewcomer(() => this.#modules.scout.candidates(), this.#options.exploration);
    if (newcomer === null) return null;
    const member = this.#members.get(newcomer.orchestrator);
    if (member !== undefined) return free.includes(member) ? member : null;
    this.#invite(newcomer);
    return null;
  }

  #invite(candidate: Candidate): void {
    this.#inviting = true;
    const { orchestrator } = candidate;
    this.#modules.scout
      .open(orchestrator)
      .then(
        (quote) => this.#join(candidate, quote, true),
        (thrown: unknown) =>
          this.#modules.log.debug({ orchestrator, code: asStreamflowError(thrown).code }, "no guest"),
      )
      .finally(() => (this.#inviting = false));
  }

  #recruitIfFew(): void {
    if (this.#closed) return;
    if (this.#recruiting !== undefined || performance.now() - this.#recruitedAt < RECRUIT_MS) return;
    if (this.#missing() <= 0) return;
    void this.#recruit();
  }

  #missing(): number {
    return this.#size - this.#present().filter(({ guest }) => !guest).length;
  }

  /** Opens sessions with the best of the others until there are enough, several at a time. Never rejects. */
  #recruit(): Promise<void> {
    this.#recruiting ??= (async () => {
      this.#recruitedAt = performance.now();
      const { scout, policy } = this.#modules;
      const others = policy(scout.candidates().filter(({ orchestrator }) => !this.#members.has(orchestrator)));
      const queue = others.values();
      const seat = async () => {
        for (const { candidate } of queue) {
          if (this.#closed || this.#missing() <= 0) return;
          const { orchestrator } = candidate;
          try {
            this.#join(candidate, await scout.open(orchestrator), false);
            return;
          } catch (thrown) {
            this.#lastRefusal = asStreamflowError(thrown);
            const { code, message: detail } = this.#lastRefusal;
            this.#modules.log.warn({ orchestrator, code, detail }, "no session");
          }
        }
      };
      await Promise.all(Array.from({ length: Math.max(0, this.#missing()) }, seat));
    })().finally(() => (this.#recruiting = undefined));
    return this.#recruiting;
  }

  #join(candidate: Candidate, quote: Quote, guest: boolean): void {
    const { orchestrator } = candidate;
    if (this.#closed || this.#members.has(orchestrator)) return;
    const member = { quote, candidate, busy: 0, limit: Infinity, taken: 0, refusals: 0, suspended: false, guest };
    this.#members.set(orchestrator, member);
    this.#dismissSuspended();
    this.#modules.log.info({ orchestrator, guest }, "orchestrator joined");
    this.#wake();
  }

  /** What a stream holds is bounded: of the suspended no more stay than share it. They may be chosen again later. */
  #dismissSuspended(): void {
    const idle = [...this.#members].filter(([, { suspended, busy }]) => suspended && busy === 0);
    for (const [orchestrator] of idle.slice(0, Math.max(0, idle.length - this.#size))) this.#leave(orchestrator);
  }

  #leave(orchestrator: string): void {
    this.#members.delete(orchestrator);
    clearTimeout(this.#timers.get(orchestrator));
    this.#timers.delete(orchestrator);
  }

  #slot(member: Member): Slot {
    const { scout, standings } = this.#modules;
    const { orchestrator } = member.quote.listing;
    member.busy++;
    member.taken++;
    let open = true;
    const settle = (next: () => void) => {
      if (!open) return;
      open = false;
      member.busy--;
      next();
      if (member.guest && member.busy === 0) this.#leave(orchestrator);
      else member.candidate = scout.candidate(orchestrator) ?? member.candidate;
      this.#wake();
    };
    return {
      quote: member.quote,
      succeeded: (pace, renewal) =>
        settle(() => {
          member.refusals = 0;
          // One more place for each time that all of them were good: additive increase.
          member.limit += 1 / Math.max(1, member.limit);
          standings.succeeded(orchestrator, pace);
          if (renewal === null) return;
          member.quote = { ...member.quote, signed: renewal };
          scout.keep(member.quote);
        }),
      failed: (thrown) =>
        settle(() => {
          const error = asStreamflowError(thrown);
          // It has what we sent it before, and others' work: it takes no more than that of us, for now.
          if (LADEN.has(error.code) && member.busy > 0) member.limit = member.busy;
          else this.#suspend(member, error);
        }),
      abandoned: (pace) =>
        settle(() => {
          if (pace !== null) standings.late(orchestrator, pace);
        }),
      late: (pace) =>
        settle(() => {
          standings.late(orchestrator, pace);
          this.#rest(member, FIRST_PAUSE_MS, { pace });
        }),
    };
  }

  #suspend(member: Member, error: StreamflowError): void {
    const { standings, clock } = this.#modules;
    const { orchestrator } = member.quote.listing;
    this.#lastRefusal = error;
    standings.failed(orchestrator, error.code);
    member.refusals++;
    const refused = Math.min(severityOf(error.code).longestMs, FIRST_PAUSE_MS * 2 ** (member.refusals - 1));
    const pauseMs = Math.max(refused, standings.get(orchestrator).suspendedUntil - clock.now());
    this.#rest(member, pauseMs, { code: error.code, detail: error.message }, error.code);
  }

  #rest(member: Member, pauseMs: number, why: object, code: ErrorCode | null = null): void {
    if (member.suspended || this.#closed) return;
    member.suspended = true;
    const { orchestrator } = member.quote.listing;
    this.#modules.log.warn({ orchestrator, ...why, pauseMs }, "orchestrator suspended");
    this.#modules.onSuspend?.(orchestrator, code);
    this.#revive(member, pauseMs);
    this.#recruitedAt = -Infinity;
    this.#recruitIfFew();
  }

  #revive(member: Member, pauseMs: number): void {
    const { orchestrator } = member.quote.listing;
    const timer = setTimeout(() => {
      this.#timers.delete(orchestrator);
      this.#modules.scout.ask(orchestrator).then(
        (quote) => {
          if (this.#closed) return;
          member.quote = quote;
          member.suspended = false;
          this.#modules.log.info({ orchestrator }, "orchestrator is back");
          this.#wake();
        },
        (thrown: unknown) => {
          this.#lastRefusal = asStreamflowError(thrown);
          if (this.#closed || this.#members.get(orchestrator) !== member) return;
          member.refusals++;
          const { longestMs } = severityOf(this.#lastRefusal.code);
          this.#revive(member, Math.min(longestMs, FIRST_PAUSE_MS * 2 ** member.refusals));
        },
      );
    }, pauseMs);
    this.#timers.set(orchestrator, timer);
  }

  #wake(): void {
    for (const open of this.#openers) open();
    this.#line.wake();
  }

  /** Resolves at the next change of any member, for whoever's turn comes first before the others; at `until` {ms, of the process}, or when aborted. */
  #change(turn: Turn, until: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        until === Infinity ? undefined : setTimeout(() => settle(), Math.max(0, Math.ceil(until - performance.now())));
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", settle);
        leave();
        resolve();
      };
      const leave = this.#line.join(turn, settle);
      signal.addEventListener("abort", settle);
    });
  }
}
