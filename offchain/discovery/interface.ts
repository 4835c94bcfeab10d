import type { SenderSession } from "../pm/interface.ts";

/** An orchestrator as the registry lists it. */
export interface Listing {
  readonly orchestrator: string;
  /** Where it says that it listens. */
  readonly url: URL;
  /** {wei of LPT} bonded behind it. */
  readonly stake: bigint;
}

/** An orchestrator that quoted, with the payment session that the quote began. */
export interface Quote {
  readonly listing: Listing;
  /** Segments that may be in flight to it. */
  readonly capacity: number;
  readonly session: SenderSession;
  /** Time from question to answer [ms]. */
  readonly responseMs: number;
}
