import { Broker } from "./broker/broker.ts";
import type { BrokerOptions } from "./broker/broker.ts";
import { Balances } from "./money.ts";
import { Rounds } from "./rounds.ts";
import type { Base } from "./rounds.ts";

export interface ProtocolOptions {
  readonly schedule: Base;
  readonly broker: BrokerOptions;
}

/** Payment, by the clock of the rounds, and the money in it. Staking is a model of its own. */
export class Protocol {
  readonly rounds: Rounds;
  /** ETH. */
  readonly ether = new Balances();
  readonly broker: Broker;

  constructor({ schedule, broker }: ProtocolOptions) {
    this.rounds = new Rounds(schedule);
    this.broker = new Broker(this.rounds, this.ether, broker);
  }
}
