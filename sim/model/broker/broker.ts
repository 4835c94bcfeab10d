import type { Event } from "../events.ts";
import { Switch } from "../money.ts";
import type { Address, Balances } from "../money.ts";
import type { Rounds } from "../rounds.ts";
import type { Domain } from "../ticket.ts";
import { Allocations } from "./allocations.ts";
import type { Context } from "./context.ts";
import { Defaults } from "./defaults.ts";
import { Fees } from "./fees.ts";
import { Senders } from "./senders.ts";
import { Signers } from "./signers.ts";
import { Windows } from "./windows.ts";
import type { BrokerParameters } from "./windows.ts";
import { Winners } from "./winners.ts";

export interface BrokerOptions extends Domain {
  /** The one that may take fees. */
  readonly bonding: Address;
  /** Where forfeited escrow goes. */
  readonly treasury: Address;
  readonly parameters: BrokerParameters;
}

/** Holds the broadcasters' ETH and pays winning tickets: a part for each noun. */
export class Broker {
  /** All that it ever told. */
  readonly events: Event[] = [];
  readonly windows: Windows;
  readonly senders: Senders;
  readonly allocations: Allocations;
  readonly signers: Signers;
  readonly fees: Fees;
  readonly winners: Winners;
  readonly defaults: Defaults;
  readonly #context: Context;

  constructor(rounds: Rounds, ether: Balances, { bonding, treasury, parameters, ...domain }: BrokerOptions) {
    this.windows = new Windows(rounds, parameters);
    const context: Context = {
      rounds,
      ether,
      domain,
      bonding,
      treasury,
      windows: this.windows,
      funding: new Switch(),
      events: this.events,
      emit: (name, ...args) => void this.events.push({ name, args }),
    };
    this.#context = context;
    this.senders = new Senders(context);
    this.allocations = new Allocations(context, this.senders);
    this.signers = new Signers(context);
    this.fees = new Fees(context);
    this.winners = new Winners(context, this.allocations, this.signers, this.fees);
    this.defaults = new Defaults(context, this.senders, this.allocations, this.winners, this.fees);
  }

  // --- Governance ---

  pause(caller: Address): void {
    this.#context.funding.pause();
    this.#context.emit("Paused", caller);
  }

  unpause(caller: Address): void {
    this.#context.funding.unpause();
    this.#context.emit("Unpaused", caller);
  }

  /** @param shortestNotice of any commission that is announced now or has not begun {round} */
  setParameters(next: BrokerParameters, shortestNotice: bigint): void {
    const old = this.windows.parameters;
    this.windows.change(next, shortestNotice);
    this.#context.emit("ParametersChanged", Object.values(old), Object.values(next), this.windows.validityRound);
  }
}
