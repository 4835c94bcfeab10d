import type { Address } from "../model/money.ts";
import type { View } from "./view.ts";

/** What one account can do, and read of itself. */
export interface Wallet {
  /** {wei LPT} Not bonded. */
  readonly liquid: bigint;
  /** {wei LPT} Bonded and active. */
  readonly stake: bigint;
  readonly orchestrator: Address | null;
  /** Stake on its way out. */
  readonly locks: readonly number[];
  bond(amount: bigint, orchestrator: Address): void;
  /** All of it. */
  unbond(): void;
  /** @returns whether it was possible already */
  rebond(lock: number, orchestrator: Address): boolean;
  /** @returns whether it was possible already */
  withdraw(lock: number): boolean;
}

/** Somebody who wants something; acts once a round. */
export interface Actor {
  act(view: View, wallet: Wallet): void;
}
