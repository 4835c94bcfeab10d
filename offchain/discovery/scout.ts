import type { Logger } from "pino";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { Clock, Sender } from "../pm/interface.ts";
import { ticketParamsToWire } from "../pm/quote.ts";
import { severityOf } from "./history/severity.ts";
import type { Standings } from "./history/standings.ts";
import type { Answered, Listing, Quote } from "./interface.ts";
import type { Offer } from "./offer.ts";
import type { Offers } from "./offers.ts";
import { gather, openSession } from "./quotes.ts";
import { candidateOf, type Requirements, type Unfit, unwanted } from "./selection/eligibility.ts";
import type { Candidate, Policy } from "./selection/interface.ts";

export interface ScoutOptions {
  readonly requirements: Requirements;
  /** How long the answers to many questions are waited for, when somebody has answered [ms]. */
  readonly gatherMs: number;
}

export interface ScoutModules {
  readonly offers: Offers;
  readonly standings: Pick<Standings, "reputation" | "failed">;
  readonly sender: Pick<Sender, "startSession">;
  /** Reads the registry. */
  readonly read: () => Promise<Listing[]>;
  readonly ask: (listing: Listing) => Promise<Answered>;
  /** {km} To the nearest of an offer's regions; null where that has no meaning. */
  readonly distanceOf: (regions: readonly bigint[]) => number | null;
  readonly policy: Policy;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}

/** From where a stream's first quotes come. `kept`: nobody was asked. `known`: a few who had quoted before. `registry`: all that are listed. */
export type Source = "kept" | "known" | "registry";

/** Finds orchestrators and asks them; what it learns is in the offers. */
export class Scout {
  readonly #options: ScoutOptions;
  readonly #modules: ScoutModules;
  /** By orchestrator; distances do not change while an offer does not. */
  readonly #distances = new WeakMap<readonly bigint[], number | null>();
  readonly #refusals = new Map<string, StreamflowError>();

  constructor(options: ScoutOptions, modules: ScoutModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Why orchestrators did not quote when they were asked last; at most as many as there are offers. */
  get refusals(): readonly StreamflowError[] {
    return [...this.#refusals.values()];
  }

  /** All that quoted acceptably when they were asked last and are not suspended. Their quotes may have run out. */
  candidates(): Candidate[] {
    const found: Candidate[] = [];
    for (const offer of this.#modules.offers.all()) {
      const candidate = this.#candidateOf(offer);
      if (candidate !== null) found.push(candidate);
    }
    return found;
  }

  /** The same for one; null when it is none. */
  candidate(orchestrator: string): Candidate | null {
    const offer = this.#modules.offers.get(orchestrator);
    return offer === undefined ? null : this.#candidateOf(offer);
  }

  /** All offers that satisfy the requirements, but for the price, which changes. */
  wanted(): Offer[] {
    return [...this.#modules.offers.all()].filter(
      (offer) => unwanted(offer, this.#distance(offer.regions), this.#options.requirements) === null,
    );
  }

  /** Sees to it that there are candidates, if there can be any, with as few questions as possible; `size` are wanted. */
  async find(size: number): Promise<Source> {
    const { offers, policy } = this.#modules;
    if (this.#hasStanding()) return "kept";
    const known = policy(this.candidates()).slice(0, 2 * size);
    await this.#gather(known.flatMap(({ candidate }) => offers.listing(candidate.orchestrator) ?? []));
    if (this.#hasStanding()) return "known";
    await this.readRegistry();
    const due = this.wanted().filter((offer) => offer.refusal !== null || !offers.stands(offer));
    await this.#gather(due.flatMap(({ orchestrator }) => offers.listing(orchestrator) ?? []));
    return "registry";
  }

  async readRegistry(): Promise<void> {
    const { offers, read } = this.#modules;
    const before = offers.size;
    offers.list(await read());
    for (const orchestrator of this.#refusals.keys())
      if (offers.get(orchestrator) === undefined) this.#refusals.delete(orchestrator);
    if (offers.size !== before) this.#modules.log.info({ offers: offers.size }, "registry read");
  }

  /**
   * A session with it, on its kept quote if that stands, else on a new one.
   * @throws StreamflowError as `ask`
   */
  async open(orchestrator: string): Promise<Quote> {
    const kept = this.#modules.offers.kept(orchestrator);
    if (kept === null) return this.ask(orchestrator);
    try {
      return await openSession(kept, this.#modules.sender);
    } catch (thrown) {
      // Another round may have begun since it was kept.
      if (asStreamflowError(thrown).code !== "TicketParamsExpired") throw this.#refused(orchestrator, thrown);
      return this.ask(orchestrator);
    }
  }

  /**
   * A session on a new quote.
   * @throws StreamflowError its refusal, or what is wrong with its answer; NoOrchestrator when the registry does not list it any more
   */
  async ask(orchestrator: string): Promise<Quote> {
    const { offers, sender } = this.#modules;
    const listing = offers.listing(orchestrator);
    if (listing === null) throw new StreamflowError("NoOrchestrator", `${orchestrator} is not listed any more`);
    try {
      const answered = await this.#modules.ask(listing);
      this.#keep(answered);
      return await openSession(answered, sender);
    } catch (thrown) {
      throw this.#refused(orchestrator, thrown);
    }
  }

  /** Asks for a new quote to keep. */
  async refresh(orchestrator: string): Promise<void> {
    const listing = this.#modules.offers.listing(orchestrator);
    if (listing === null) return;
    try {
      this.#keep(await this.#modules.ask(listing));
    } catch (thrown) {
      this.#refused(orchestrator, thrown);
    }
  }

  /** What a segment's answer renewed. */
  keep(answered: Answered): void {
    this.#keep(answered);
  }

  isListed(orchestrator: string): boolean {
    return this.#modules.offers.get(orchestrator) !== undefined;
  }

  /** Wire form of the ticket parameters of a kept quote that stands longer than the session's; null when there is none. */
  newer({ listing, session }: Quote): unknown {
    const { offers } = this.#modules;
    const until = offers.get(listing.orchestrator)?.quoted?.validUntil ?? 0;
    if (until <= session.params.terms.validUntil) return null;
    const kept = offers.kept(listing.orchestrator);
    return kept === null ? null : ticketParamsToWire(kept.signed.quote.params);
  }

  /** {ms} Until the first of the suspended is not so any more; Infinity when none is. */
  msUntilAny(): number {
    const now = this.#modules.clock.now();
    let soonest = Infinity;
    for (const { orchestrator, refusal } of this.wanted()) {
      const { suspendedUntil } = this.#modules.standings.reputation(orchestrator);
      if (refusal === null && suspendedUntil > now) soonest = Math.min(soonest, suspendedUntil - now);
    }
    return soonest;
  }

  async #gather(listings: readonly Listing[]): Promise<void> {
    await gather(listings, this.#options.gatherMs, {
      ask: this.#modules.ask,
      onAnswer: (answered) => this.#keep(answered),
      onRefusal: ({ orchestrator }, error) => this.#refused(orchestrator, error),
    });
    this.#modules.offers.save();
  }

  #keep(answered: Answered): void {
    this.#refusals.delete(answered.listing.orchestrator);
    this.#modules.offers.keep(answered);
  }

  #refused(orchestrator: string, thrown: unknown): StreamflowError {
    const { offers, standings, log } = this.#modules;
    const error = asStreamflowError(thrown);
    log.debug({ orchestrator, code: error.code, detail: error.message }, "no quote");
    offers.refused(orchestrator, error.code);
    if (offers.get(orchestrator) !== undefined) this.#refusals.set(orchestrator, error);
    // Who is away is not asked so often; who signs what it should not is remembered for it.
    if (severityOf(error.code).weight > 1) standings.failed(orchestrator, error.code);
    return error;
  }

  #hasStanding(): boolean {
    const { offers } = this.#modules;
    for (const offer of offers.all()) if (offers.stands(offer) && this.#candidateOf(offer) !== null) return true;
    return false;
  }

  /** Why an offer is not considered; null when it is. */
  unfit(offer: Offer): Unfit | null {
    const found = this.#judge(offer);
    return typeof found === "string" ? found : null;
  }

  #candidateOf(offer: Offer): Candidate | null {
    const found = this.#judge(offer);
    return typeof found === "string" ? null : found;
  }

  #judge(offer: Offer): Candidate | Unfit {
    const { standings, clock } = this.#modules;
    const at = { distanceKm: this.#distance(offer.regions), now: clock.now() };
    return candidateOf(offer, standings.reputation(offer.orchestrator), at, this.#options.requirements);
  }

  #distance(regions: readonly bigint[]): number | null {
    let distance = this.#distances.get(regions);
    if (distance === undefined) {
      distance = this.#modules.distanceOf(regions);
      this.#distances.set(regions, distance);
    }
    return distance;
  }
}
