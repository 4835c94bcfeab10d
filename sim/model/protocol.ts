import { Broker } from "./broker.ts";
import type { BrokerParameters } from "./broker.ts";
import { Balances } from "./money.ts";
import type { Address } from "./money.ts";
import { Notices } from "./notices.ts";
import { Rounds } from "./rounds.ts";
import type { Base } from "./rounds.ts";

export interface ProtocolOptions {
  readonly chainId: bigint;
  /** Where the contracts are: one holds the money, and tickets are bound to it; the other one alone may take fees. */
  readonly brokerAddress: Address;
  readonly bondingAddress: Address;
  readonly schedule: Base;
  readonly broker: BrokerParameters;
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

  constructor({ chainId, brokerAddress, bondingAddress, schedule, broker, commissionNotice }: ProtocolOptions) {
    this.rounds = new Rounds(schedule);
    this.notices = new Notices(this.rounds, commissionNotice);
    const domain = { chainId, broker: brokerAddress };
    this.broker = new Broker(this.rounds, this.ether, domain, bondingAddress, broker);
  }
}
