import type { StandingRows } from "../discovery/history/interface.ts";
import type { OfferRows } from "../discovery/offer.ts";
import type { SentCallRows } from "../eth/interface.ts";
import type { OutputRows } from "../live/outputs.ts";
import type { RecipientStore, RedemptionKind, SenderLedger, StoredWinner, WinnerStore } from "../pm/interface.ts";
import type { DisputeRows } from "../verification/agents/interface.ts";
import type { EvidenceRows } from "../verification/evidence/interface.ts";

/** Who a store belongs to. One that was made for another node, chain or broker is refused with `StoreMismatch`. */
export interface StoreIdentity {
  readonly address: string;
  readonly chainId: bigint;
  readonly broker: string;
}

export interface StoreOptions {
  /** File name; `:memory:` for tests. One file per node. */
  readonly path: string;
  readonly identity: StoreIdentity;
}

/** Everything a node remembers across restarts, by the part of the node that uses it. */
export interface NodeStore {
  readonly recipient: RecipientStore;
  readonly winners: WinnerStore;
  readonly ledger: SenderLedger;
  readonly evidence: EvidenceRows;
  readonly disputes: DisputeRows;
  readonly sentCalls: SentCallRows;
  readonly offers: OfferRows;
  readonly standings: StandingRows;
  readonly outputs: OutputRows;
  close(): void;
}

/** Errors: `StoreMismatch`, `StoreVersionUnknown`, `StoreInUse`. */
export type OpenStore = (options: StoreOptions) => NodeStore;

/** A winner, and what the transaction under way is to do that it is in; null when it is in none. */
export interface ListedWinner extends StoredWinner {
  readonly underway: RedemptionKind | null;
}

/** A store that somebody else may be using meanwhile: changing anything in it fails. */
export interface StoreReader {
  readonly identity: StoreIdentity;
  readonly winners: WinnerStore;
  readonly offers: OfferRows;
  readonly standings: StandingRows;
  /** Creation rounds of the winners that are neither redeemed nor expired. */
  openRounds(): number[];
  /** All winners, or those of one sender, the newest first. Read while they are taken: a caller that dallies holds up the node's clean-up of its store. */
  list(sender?: string): Iterable<ListedWinner>;
  close(): void;
}

/** Errors: `StoreNotFound`, `StoreVersionUnknown`. */
export type OpenStoreReader = (path: string) => StoreReader;
