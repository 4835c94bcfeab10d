import type { Emit } from "../events.ts";
import type { Address, Balances } from "../money.ts";
import type { Rounds } from "../rounds.ts";
import type { Staking } from "../staking/staking.ts";
import type { Domain } from "./receipt.ts";

/** What a run starts with. */
export interface Start {
  readonly program: string;
  readonly parametersRoot: string;
  readonly sourceRoot: string;
  /** {bytes} */
  readonly sourceLength: bigint;
  readonly outputRoot: string;
  /** {bytes} */
  readonly outputLength: bigint;
  readonly outputIndex: bigint;
}

/** The machine as somebody else runs it. */
export interface Machine {
  /** Hash of the state in which a run starts. */
  readonly startHash: (start: Start) => string;
  /** Hash of the one state that follows; refuses a proof that is none. */
  readonly step: (program: string, state: string, proof: string) => string;
  /** What a state says of its run. */
  readonly read: (state: string) => { readonly status: bigint; readonly verdict: bigint; readonly step: bigint };
}

/** What disputes need to know of the world, and what they change in it. */
export interface Context {
  readonly rounds: Rounds;
  readonly staking: Staking;
  /** ETH. */
  readonly ether: Balances;
  /** LPT outside of stake. */
  readonly tokens: Balances;
  readonly domain: Domain;
  /** Of the contract itself. */
  readonly address: Address;
  readonly treasury: Address;
  readonly machine: Machine;
  /** Who judges the receipts of a service and a round. */
  readonly judgeOf: (service: string, round: bigint) => { readonly module: Address; readonly program: string };
  /** {wei ETH} What a hot key may sign tickets for; null or zero: it may not. */
  readonly capOf: (sender: Address, key: Address, round: bigint) => bigint | null;
  /** Whether an account takes a payment with which it gets little gas, or as much as it wants. */
  readonly takes: (account: Address, gas: "little" | "plenty") => boolean;
  readonly emit: Emit;
}
