import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need } from "../refusal.ts";
import { uint96 } from "./context.ts";
import type { Context } from "./context.ts";
import type { Senders } from "./senders.ts";

/** What a broadcaster has set aside for one recipient. */
export interface Allocation {
  /** {wei ETH} */
  readonly amount: bigint;
  /** {wei ETH} Part of it that may go back to the deposit from `releaseRound` on. */
  readonly leaving: bigint;
  /** {round} 0 = nothing leaves. */
  readonly releaseRound: bigint;
}

const NOTHING: Allocation = { amount: 0n, leaving: 0n, releaseRound: 0n };

/** What is set aside, and how it pays together with the deposit (P3). */
export class Allocations {
  readonly #context: Context;
  readonly #senders: Senders;
  readonly #allocations = new Map<string, Allocation>();

  constructor(context: Context, senders: Senders) {
    this.#context = context;
    this.#senders = senders;
  }

  of(sender: Address, recipient: Address): Allocation {
    return this.#allocations.get(`${sender}/${recipient}`) ?? NOTHING;
  }

  fund(funder: Address, sender: Address, recipient: Address, value: bigint): void {
    const { funding, ether, domain, emit } = this.#context;
    funding.requireOn();
    need(sender !== ZERO_ADDRESS, "TicketBrokerZeroSender");
    need(recipient !== ZERO_ADDRESS, "TicketBrokerZeroAddress");
    need(value !== 0n, "TicketBrokerNothingFunded");
    const allocation = this.of(sender, recipient);

    this.#set(sender, recipient, { ...allocation, amount: uint96(allocation.amount + value) });
    ether.move(funder, domain.broker, value);
    emit("AllocationFunded", sender, recipient, funder, value);
  }

  /** Lets `amount` leave after an unlock period, instead of what was to leave before. */
  reduce(caller: Address, recipient: Address, amount: bigint): void {
    const { rounds, windows, emit } = this.#context;
    const allocation = this.of(caller, recipient);
    need(allocation.amount >= amount, "TicketBrokerAllocationTooSmall", allocation.amount, amount);

    const releaseRound = amount === 0n ? 0n : rounds.current + windows.parameters.unlockPeriod;
    this.#set(caller, recipient, { ...allocation, leaving: amount, releaseRound });
    emit("AllocationReduced", caller, recipient, amount, releaseRound);
  }

  /** Moves what leaves to the deposit. */
  release(sender: Address, recipient: Address): void {
    const { rounds, emit } = this.#context;
    const { amount, leaving, releaseRound } = this.of(sender, recipient);
    need(releaseRound !== 0n, "TicketBrokerNothingLeaving", sender, recipient);
    need(rounds.current >= releaseRound, "TicketBrokerReleaseTooEarly", rounds.current, releaseRound);
    const deposit = uint96(this.#senders.of(sender).deposit + leaving);

    this.#set(sender, recipient, { amount: amount - leaving, leaving: 0n, releaseRound: 0n });
    this.#senders.setDeposit(sender, deposit);
    emit("AllocationReleased", sender, recipient, leaving);
  }

  // --- Payment ---

  /** {wei ETH} What tickets of `sender` for `recipient` can take. */
  funds(sender: Address, recipient: Address): bigint {
    return this.#senders.of(sender).deposit + this.of(sender, recipient).amount;
  }

  /** Takes `amount`, which is there: from the deposit first. */
  pay(sender: Address, recipient: Address, amount: bigint): void {
    const { deposit } = this.#senders.of(sender);
    if (amount <= deposit) return this.#senders.setDeposit(sender, deposit - amount);

    this.#senders.setDeposit(sender, 0n);
    const allocation = this.of(sender, recipient);
    const left = allocation.amount - (amount - deposit);
    const leaving = allocation.leaving < left ? allocation.leaving : left;
    const releaseRound = leaving === 0n ? 0n : allocation.releaseRound;
    this.#set(sender, recipient, { amount: left, leaving, releaseRound });
  }

  #set(sender: Address, recipient: Address, { amount, leaving, releaseRound }: Allocation): void {
    this.#allocations.set(`${sender}/${recipient}`, { amount, leaving, releaseRound });
  }
}
