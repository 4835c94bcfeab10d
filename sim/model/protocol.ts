import { Broker } from "./broker/broker.ts";
import type { BrokerOptions } from "./broker/broker.ts";
import { Balances } from "./money.ts";
import { Notices } from "./notices.ts";
import { Rounds } from "./rounds.ts";
import type { Base } from "./rounds.ts";

export interface ProtocolOptions {
  readonly schedule: Base;
  readonly broker: BrokerOptions;
  /** {round} Of a commission. */
  readonly commissionNotice: bigint;
}

/** Payment, by the clock of the rounds, and the money in it. Staking is a model of its own, but for the notices that tickets must not outlive. */
export class Protocol {
  readonly rounds: Rounds;
  /** ETH. */
  readonly ether = new Balances();
  readonly broker: Broker;
  readonly notices: Notices;

  constructor({ schedule, broker, commissionNotice }: ProtocolOptions) {
    this.rounds = new Rounds(schedule);
    this.notices = new Notices(this.rounds, commissionNotice);
    this.broker = new Broker(this.rounds, this.ether, broker);
  }
}
