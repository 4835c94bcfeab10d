import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need } from "../refusal.ts";
import { commitmentKey } from "../ticket.ts";
import type { Redemption } from "../ticket.ts";
import type { Allocations } from "./allocations.ts";
import type { Context } from "./context.ts";
import type { Fees } from "./fees.ts";
import type { Senders } from "./senders.ts";
import type { Winners } from "./winners.ts";

/** A winner that could not be paid when its recipient presented it. */
export interface Default {
  readonly sender: Address;
  /** {wei ETH} */
  readonly faceValue: bigint;
  /** {round} The last one in which it can be settled without losing the escrow; 0 = there is no such default. */
  readonly curingRound: bigint;
  readonly forfeited: boolean;
}

interface Debt extends Default {
  /** {1} Events that had been told when it was claimed. */
  readonly told: number;
}

const NOTHING: Default = { sender: ZERO_ADDRESS, faceValue: 0n, curingRound: 0n, forfeited: false };

/** Events of a sender without an escrow from then on. */
const TAKES_ESCROW = new Set(["Withdrawn", "EscrowForfeited"]);

/** Debts, and what they cost (P4). */
export class Defaults {
  readonly #context: Context;
  readonly #senders: Senders;
  readonly #allocations: Allocations;
  readonly #winners: Winners;
  readonly #fees: Fees;
  readonly #defaults = new Map<string, Debt>();

  constructor(context: Context, senders: Senders, allocations: Allocations, winners: Winners, fees: Fees) {
    this.#context = context;
    this.#senders = senders;
    this.#allocations = allocations;
    this.#winners = winners;
    this.#fees = fees;
  }

  of(recipient: Address, creationRound: bigint, commitmentIndex: bigint): Default {
    const { told: _, ...debt } = this.#defaults.get(commitmentKey(recipient, creationRound, commitmentIndex)) ?? {
      ...NOTHING,
      told: 0,
    };
    return debt;
  }

  /** Presents a winner that its sender cannot pay. */
  claim(caller: Address, redemption: Redemption): void {
    const { rounds, windows, events, emit } = this.#context;
    const won = this.#winners.judge(caller, redemption);
    const { sender, recipient, faceValue, creationRound, commitmentIndex } = won.ticket;
    const have = this.#allocations.funds(sender, recipient);
    need(have < faceValue, "TicketBrokerNotInDefault", have, faceValue);
    const { curingPeriod } = windows.parameters;
    const needRound = windows.lastRedemptionRound(creationRound) - curingPeriod;
    need(rounds.current <= needRound, "TicketBrokerDefaultTooLate", rounds.current, needRound);

    const curingRound = rounds.current + curingPeriod;
    this.#winners.close(won);
    const key = commitmentKey(recipient, creationRound, commitmentIndex);
    this.#defaults.set(key, { sender, faceValue, curingRound, forfeited: false, told: events.length });
    emit("DefaultClaimed", sender, recipient, faceValue, creationRound, commitmentIndex, curingRound);
  }

  /** Pays a debt as `redeem` would have paid the ticket. */
  settle(recipient: Address, creationRound: bigint, commitmentIndex: bigint): void {
    const { rounds, windows, emit } = this.#context;
    const { sender, faceValue } = this.#need(recipient, creationRound, commitmentIndex);
    const lastRound = windows.lastRedemptionRound(creationRound);
    need(rounds.current <= lastRound, "TicketBrokerTicketExpired", rounds.current, lastRound);
    const have = this.#allocations.funds(sender, recipient);
    need(have >= faceValue, "TicketBrokerInsufficientFunds", have, faceValue);

    this.#defaults.delete(commitmentKey(recipient, creationRound, commitmentIndex));
    this.#allocations.pay(sender, recipient, faceValue);
    this.#fees.book(recipient, creationRound, faceValue);
    emit("DefaultSettled", sender, recipient, faceValue, creationRound, commitmentIndex);
  }

  /** Takes the whole escrow for a debt that was not settled in time, if it has not left since the debt was claimed: what came later is liable for later debts. */
  forfeit(recipient: Address, creationRound: bigint, commitmentIndex: bigint): void {
    const { rounds, emit } = this.#context;
    const debt = this.#need(recipient, creationRound, commitmentIndex);
    const { sender, curingRound } = debt;
    need(rounds.current > curingRound, "TicketBrokerCuring", rounds.current, curingRound + 1n);
    const left = this.#context.events
      .slice(debt.told)
      .some(({ name, args }) => TAKES_ESCROW.has(name) && args[0] === sender);
    need(!left && this.#senders.of(sender).escrow !== 0n, "TicketBrokerNothingToForfeit", sender);

    this.#defaults.set(commitmentKey(recipient, creationRound, commitmentIndex), { ...debt, forfeited: true });
    const amount = this.#senders.forfeit(sender);
    emit("EscrowForfeited", sender, recipient, amount, creationRound, commitmentIndex);
  }

  #need(recipient: Address, creationRound: bigint, commitmentIndex: bigint): Debt {
    const debt = this.#defaults.get(commitmentKey(recipient, creationRound, commitmentIndex));
    need(debt !== undefined, "TicketBrokerNoDefault", recipient, creationRound, commitmentIndex);
    return debt;
  }
}
