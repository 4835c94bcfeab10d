import type { SenderSession } from "../pm/interface.ts";
import type { SignedQuote } from "./signed-quote.ts";

/** An orchestrator as the registry lists it. */
export interface Listing {
  readonly orchestrator: string;
  /** Where it says that it listens. */
  readonly url: URL;
  /** {wei of LPT} bonded behind it. */
  readonly stake: bigint;
  /** H3 cells in which it says that it works; none: anywhere. */
  readonly regions: readonly bigint[];
}

/** An answer that has passed all checks, before a session is opened on it. */
export interface Answered {
  readonly listing: Listing;
  readonly signed: SignedQuote;
  /** Time from question to answer [ms]. */
  readonly responseMs: number;
}

/** An orchestrator with which there is a payment session. */
export interface Quote extends Answered {
  readonly session: SenderSession;
}
