import type { RecipientStore, SenderLedger, WinnerStore } from "../pm/interface.ts";

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
  close(): void;
}

/** Errors: `StoreMismatch`, `StoreVersionUnknown`. */
export type OpenStore = (options: StoreOptions) => NodeStore;
