import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need } from "../refusal.ts";
import { uint96 } from "./context.ts";
import type { Context } from "./context.ts";

/** What a broadcaster has put in. */
export interface Sender {
  /** {wei ETH} Pays tickets. */
  readonly deposit: bigint;
  /** {wei ETH} Pays no ticket. */
  readonly escrow: bigint;
  /** {round} From here on all of it may be withdrawn; 0 = locked. */
  readonly withdrawRound: bigint;
}

const NOTHING: Sender = { deposit: 0n, escrow: 0n, withdrawRound: 0n };

/** Deposits, penalty escrows and their locks. */
export class Senders {
  readonly #context: Context;
  readonly #senders = new Map<Address, Sender>();

  constructor(context: Context) {
    this.#context = context;
  }

  of(sender: Address): Sender {
    return this.#senders.get(sender) ?? NOTHING;
  }

  /** `funder` sends `value`, of which `escrow` is for the penalty escrow of `sender` and the rest for its deposit. */
  fund(funder: Address, sender: Address, value: bigint, escrow: bigint): void {
    const { funding, ether, domain, emit } = this.#context;
    funding.requireOn();
    need(sender !== ZERO_ADDRESS, "TicketBrokerZeroSender");
    need(value !== 0n, "TicketBrokerNothingFunded");
    need(escrow <= value, "TicketBrokerEscrowExceedsValue", value, escrow);
    const account = this.of(sender);
    const deposit = value - escrow;

    this.#set(sender, {
      ...account,
      deposit: uint96(account.deposit + deposit),
      escrow: uint96(account.escrow + escrow),
    });
    ether.move(funder, domain.broker, value);
    if (deposit !== 0n) emit("DepositFunded", sender, funder, deposit);
    if (escrow !== 0n) emit("EscrowFunded", sender, funder, escrow);
  }

  unlock(caller: Address): void {
    const { rounds, windows, emit } = this.#context;
    const account = this.of(caller);
    need(account.deposit !== 0n || account.escrow !== 0n, "TicketBrokerNothingToUnlock", caller);
    need(account.withdrawRound === 0n, "TicketBrokerUnlocking", caller, account.withdrawRound);

    const withdrawRound = rounds.current + windows.parameters.unlockPeriod;
    this.#set(caller, { ...account, withdrawRound });
    emit("UnlockStarted", caller, withdrawRound);
  }

  cancelUnlock(caller: Address): void {
    const account = this.of(caller);
    need(account.withdrawRound !== 0n, "TicketBrokerLocked", caller);

    this.#set(caller, { ...account, withdrawRound: 0n });
    this.#context.emit("UnlockCancelled", caller);
  }

  withdraw(caller: Address): void {
    const { rounds, ether, domain, emit } = this.#context;
    const { deposit, escrow, withdrawRound } = this.of(caller);
    need(withdrawRound !== 0n, "TicketBrokerLocked", caller);
    need(rounds.current >= withdrawRound, "TicketBrokerWithdrawTooEarly", rounds.current, withdrawRound);

    this.#senders.delete(caller);
    ether.move(domain.broker, caller, deposit + escrow);
    emit("Withdrawn", caller, deposit, escrow);
  }

  // --- What other parts do with it ---

  setDeposit(sender: Address, deposit: bigint): void {
    this.#set(sender, { ...this.of(sender), deposit });
  }

  /** {wei ETH} Sends the whole escrow to the treasury. */
  forfeit(sender: Address): bigint {
    const { ether, domain, treasury } = this.#context;
    const { escrow, ...rest } = this.of(sender);
    this.#set(sender, { ...rest, escrow: 0n });
    ether.move(domain.broker, treasury, escrow);
    return escrow;
  }

  #set(address: Address, { deposit, escrow, withdrawRound }: Sender): void {
    this.#senders.set(address, { deposit, escrow, withdrawRound });
  }
}
