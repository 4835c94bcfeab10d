import type { Address } from "../money.ts";
import { need } from "../refusal.ts";
import type { Context } from "./context.ts";

/** Fees that left for the BondingManager's books, and the round that they were earned in; without any, the first open round. */
export interface Pulled {
  readonly round: bigint;
  /** {wei ETH} */
  readonly amount: bigint;
}

/** What was won: the fees of each recipient and creation round, and their way to the BondingManager. */
export class Fees {
  /** {wei ETH} Fees in the BondingManager's books that are still here. */
  handedOver = 0n;

  readonly #context: Context;
  readonly #booked = new Map<string, bigint>();

  constructor(context: Context) {
    this.#context = context;
  }

  of(recipient: Address, creationRound: bigint): bigint {
    return this.#booked.get(`${recipient}/${creationRound}`) ?? 0n;
  }

  book(recipient: Address, creationRound: bigint, amount: bigint): void {
    this.#booked.set(`${recipient}/${creationRound}`, this.of(recipient, creationRound) + amount);
  }

  /** Hands the oldest fees of `recipient` over, once no ticket of their round or of an earlier one can be redeemed. */
  pull(caller: Address, recipient: Address, fromRound: bigint): Pulled {
    this.#requireBonding(caller);
    const open = this.#context.windows.firstOpenRound();
    for (let round = fromRound; round < open; round += 1n) {
      const amount = this.of(recipient, round);
      if (amount === 0n) continue;
      this.#booked.delete(`${recipient}/${round}`);
      this.handedOver += amount;
      this.#context.emit("FeesPulled", recipient, round, amount);
      return { round, amount };
    }
    return { round: open, amount: 0n };
  }

  pay(caller: Address, to: Address, amount: bigint): void {
    this.#requireBonding(caller);
    need(this.handedOver >= amount, "TicketBrokerFeesMissing", this.handedOver, amount);

    const { ether, domain, emit } = this.#context;
    this.handedOver -= amount;
    ether.move(domain.broker, to, amount);
    emit("FeesPaid", to, amount);
  }

  #requireBonding(caller: Address): void {
    const { bonding } = this.#context;
    need(caller === bonding, "TicketBrokerNotBondingManager", caller, bonding);
  }
}
