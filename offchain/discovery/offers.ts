import { asStreamflowError, type ErrorCode } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";
import type { VerificationDomain } from "../verification/interface.ts";
import type { Answered, Listing } from "./interface.ts";
import type { Offer, OfferChange, OfferRows } from "./offer.ts";
import { parseQuote, quoteToWire, type SignedQuote, verifyQuote } from "./signed-quote.ts";

export interface OffersOptions {
  readonly service: string;
  /** The broadcaster, to whom quotes are made. */
  readonly sender: string;
  readonly domain: VerificationDomain;
  /** Most offers that are kept; beyond it those with the least stake are not. */
  readonly most: number;
  /** {ms} A kept quote is used as long as it stands for so much longer. */
  readonly marginMs: number;
}

export interface OffersModules {
  readonly rows: OfferRows;
  readonly clock: Pick<Clock, "now">;
}

/** Who offers the service, with the last quote of each; survives the process. Changes are in the store after `save`. */
export class Offers {
  readonly #options: OffersOptions;
  readonly #modules: OffersModules;
  readonly #offers: Map<string, Offer>;
  /** Not in the store yet; the wire form of a quote when that is new. */
  readonly #changed = new Map<string, string | undefined>();

  constructor(options: OffersOptions, modules: OffersModules) {
    this.#options = options;
    this.#modules = modules;
    this.#offers = new Map(modules.rows.all(options.service).map((offer) => [offer.orchestrator, offer]));
  }

  get size(): number {
    return this.#offers.size;
  }

  all(): Iterable<Offer> {
    return this.#offers.values();
  }

  get(orchestrator: string): Offer | undefined {
    return this.#offers.get(orchestrator);
  }

  listing(orchestrator: string): Listing | null {
    const offer = this.#offers.get(orchestrator);
    return offer === undefined ? null : listingOf(offer);
  }

  /** Takes a whole reading of the registry: who is not in it is dropped. */
  list(listings: readonly Listing[]): void {
    const kept = [...listings].sort(byStake).slice(0, this.#options.most);
    const names = new Set(kept.map(({ orchestrator }) => orchestrator));
    for (const orchestrator of this.#offers.keys()) {
      if (names.has(orchestrator)) continue;
      this.#offers.delete(orchestrator);
      this.#changed.set(orchestrator, undefined);
    }
    for (const { orchestrator, url, stake, regions } of kept) {
      const known = this.#offers.get(orchestrator);
      const listed = { orchestrator, uri: url.href, stake, regions };
      if (known === undefined) this.#set({ ...listed, quoted: null, askedAt: 0, refusal: null, refusals: 0 });
      else if (!isListed(known, listed)) this.#set({ ...known, ...listed });
    }
  }

  /** Takes an answer, or a renewal, that has passed its checks. */
  keep({ listing: { orchestrator }, signed, responseMs }: Answered): void {
    const known = this.#offers.get(orchestrator);
    if (known === undefined) return;
    const { terms } = signed.quote.params;
    const now = this.#modules.clock.now();
    const { capacity } = signed.quote;
    const quoted = { price: terms.price, capacity, validUntil: terms.validUntil, responseMs, at: now };
    this.#set({ ...known, quoted, askedAt: now, refusal: null, refusals: 0 }, JSON.stringify(quoteToWire(signed)));
  }

  refused(orchestrator: string, code: ErrorCode): void {
    const known = this.#offers.get(orchestrator);
    if (known === undefined) return;
    this.#set({ ...known, askedAt: this.#modules.clock.now(), refusal: code, refusals: known.refusals + 1 });
  }

  /** The kept quote of an orchestrator, checked once more; null when there is none that stands. */
  kept(orchestrator: string): Answered | null {
    const offer = this.#offers.get(orchestrator);
    if (offer === undefined || offer.quoted === null || !this.stands(offer)) return null;
    const { sender, service, domain } = this.#options;
    const text = this.#changed.get(orchestrator) ?? this.#modules.rows.quote(service, orchestrator);
    if (text === null) return null;
    let signed: SignedQuote;
    try {
      signed = parseQuote(JSON.parse(text));
      verifyQuote(signed, { orchestrator, sender, service, nonce: signed.quote.nonce }, domain);
    } catch (thrown) {
      // Nobody else writes the store; what was written by hand is no quote.
      this.refused(orchestrator, asStreamflowError(thrown).code);
      return null;
    }
    return { listing: listingOf(offer), signed, responseMs: offer.quoted.responseMs };
  }

  /** Whether a session can be opened on its last quote. */
  stands({ quoted }: Offer): boolean {
    return quoted !== null && quoted.validUntil > this.#modules.clock.now() + this.#options.marginMs;
  }

  save(): void {
    if (this.#changed.size === 0) return;
    const changes = [...this.#changed].map(([orchestrator, quote]): OfferChange => {
      const offer = this.#offers.get(orchestrator);
      return offer === undefined ? { kind: "drop", orchestrator } : { kind: "put", offer, quote };
    });
    this.#modules.rows.change(this.#options.service, changes);
    this.#changed.clear();
  }

  #set(offer: Offer, quote?: string): void {
    this.#offers.set(offer.orchestrator, offer);
    this.#changed.set(offer.orchestrator, quote ?? this.#changed.get(offer.orchestrator));
  }
}

const listingOf = ({ orchestrator, uri, stake, regions }: Offer): Listing => {
  return { orchestrator, url: new URL(uri), stake, regions };
};

function isListed(offer: Offer, listed: Pick<Offer, "uri" | "stake" | "regions">): boolean {
  return offer.uri === listed.uri && offer.stake === listed.stake && offer.regions.join() === listed.regions.join();
}

function byStake(a: Listing, b: Listing): number {
  if (a.stake !== b.stake) return a.stake > b.stake ? -1 : 1;
  return a.orchestrator < b.orchestrator ? -1 : 1;
}
