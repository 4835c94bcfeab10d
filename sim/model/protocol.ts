import { Bonding } from "./bonding.ts";
import type { BondingParameters } from "./bonding.ts";
import { Broker } from "./broker.ts";
import type { BrokerParameters } from "./broker.ts";
import { Balances, Token } from "./money.ts";
import type { Address } from "./money.ts";
import { Rounds } from "./rounds.ts";
import type { Base } from "./rounds.ts";

export interface ProtocolOptions {
  readonly chainId: bigint;
  /** Where the contracts are: they hold money, and tickets are bound to one of them. */
  readonly brokerAddress: Address;
  readonly bondingAddress: Address;
  readonly schedule: Base;
  readonly broker: BrokerParameters;
  readonly bonding: BondingParameters;
}

/** The whole protocol and the money in it. */
export class Protocol {
  readonly rounds: Rounds;
  /** ETH. */
  readonly ether = new Balances();
  /** LPT. */
  readonly token = new Token();
  readonly broker: Broker;
  readonly bonding: Bonding;

  constructor({ chainId, brokerAddress, bondingAddress, schedule, broker, bonding }: ProtocolOptions) {
    this.rounds = new Rounds(schedule);
    const domain = { chainId, broker: brokerAddress };
    this.broker = new Broker(this.rounds, this.ether, domain, bondingAddress, broker);
    this.bonding = new Bonding(this.rounds, this.ether, this.token, this.broker, bondingAddress, bonding);
  }
}
