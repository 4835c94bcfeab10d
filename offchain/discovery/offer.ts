import type { ErrorCode } from "../errors.ts";
import type { Price } from "../pm/interface.ts";

/** What is known of one orchestrator's offer of a service. */
export interface Offer {
  readonly orchestrator: string;
  /** As the registry has it, and usable. */
  readonly uri: string;
  /** {wei of LPT} */
  readonly stake: bigint;
  /** H3 cells; none: anywhere. */
  readonly regions: readonly bigint[];
  /** What it quoted last; null when it never has. */
  readonly quoted: Quoted | null;
  /** {ms} When it was last asked, 0: never. */
  readonly askedAt: number;
  /** Why it did not quote when it was last asked; null when it did, or was never asked. */
  readonly refusal: ErrorCode | null;
  /** How often it has not, in a row. */
  readonly refusals: number;
}

/** The part of a quote that a choice is made by. */
export interface Quoted {
  readonly price: Price;
  readonly capacity: number;
  /** {ms} */
  readonly validUntil: number;
  /** {ms} From question to answer. */
  readonly responseMs: number;
  /** {ms} When it came. */
  readonly at: number;
}

/** Where offers survive the process, by service. */
export interface OfferRows {
  all(service: string): Offer[];
  /** The wire form of what an orchestrator quoted last, as JSON; null when there is none. */
  quote(service: string, orchestrator: string): string | null;
  /** Writes and drops in one transaction. A `quote` of undefined leaves what is kept. */
  change(service: string, changes: readonly OfferChange[]): void;
}

export type OfferChange =
  | { readonly kind: "put"; readonly offer: Offer; readonly quote: string | undefined }
  | { readonly kind: "drop"; readonly orchestrator: string };
