import type { Emit, Event } from "../events.ts";
import type { Address, Balances, Switch } from "../money.ts";
import { need } from "../refusal.ts";
import type { Rounds } from "../rounds.ts";
import type { Domain } from "../ticket.ts";
import type { Windows } from "./windows.ts";

/** What all parts of the broker share. */
export interface Context {
  readonly rounds: Rounds;
  readonly ether: Balances;
  readonly domain: Domain;
  readonly bonding: Address;
  readonly treasury: Address;
  readonly windows: Windows;
  readonly funding: Switch;
  /** All that was ever told. */
  readonly events: readonly Event[];
  readonly emit: Emit;
}

/** The amount, which has to be below 2^96 wei. */
export function uint96(amount: bigint): bigint {
  need(amount < 2n ** 96n, "SafeCastOverflowedUintDowncast", 96n, amount);
  return amount;
}
