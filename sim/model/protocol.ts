import { Broker } from "./broker.ts";
import type { BrokerParameters } from "./broker.ts";
import { Balances } from "./money.ts";
import type { Address } from "./money.ts";
import { Rounds } from "./rounds.ts";
import type { Base } from "./rounds.ts";

export interface ProtocolOptions {
  readonly chainId: bigint;
  /** Where the contracts are: one holds the money, and tickets are bound to it; the other one alone may take fees. */
  readonly brokerAddress: Address;
  readonly bondingAddress: Address;
  readonly schedule: Base;
  readonly broker: BrokerParameters;
}

/** Payment, by the clock of the rounds, and the money in it. Staking is a model of its own. */
export class Protocol {
  readonly rounds: Rounds;
  /** ETH. */
  readonly ether = new Balances();
  readonly broker: Broker;

  constructor({ chainId, brokerAddress, bondingAddress, schedule, broker }: ProtocolOptions) {
    this.rounds = new Rounds(schedule);
    const domain = { chainId, broker: brokerAddress };
    this.broker = new Broker(this.rounds, this.ether, domain, bondingAddress, broker);
  }
}
