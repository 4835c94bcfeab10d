import type { Address } from "./money.ts";
import { Switch, ZERO_ADDRESS } from "./money.ts";
import type { Balances } from "./money.ts";
import { need, Refusal } from "./refusal.ts";
import type { Rounds } from "./rounds.ts";
import { commitmentTo, digestOf, draw } from "./ticket.ts";
import type { Domain, Redemption } from "./ticket.ts";

/** What a broadcaster has put in. */
export interface Sender {
  /** {wei ETH} Pays tickets. */
  deposit: bigint;
  /** {wei ETH} Pays no ticket. */
  escrow: bigint;
  /** {round} From here on all of it may be withdrawn; 0 = locked. */
  withdrawRound: bigint;
}

/** {round} Governed windows. */
export interface BrokerParameters {
  readonly ticketValidity: bigint;
  readonly unlockPeriod: bigint;
  readonly curingPeriod: bigint;
}

/** What became of a batch. */
export interface BatchResult {
  readonly paid: number;
  readonly skipped: readonly { readonly index: number; readonly refusal: Refusal }[];
}

/** Fees that left for the BondingManager's books, and the round that they were earned in; without any, the first open round. */
export interface Pulled {
  readonly round: bigint;
  /** {wei ETH} */
  readonly amount: bigint;
}

const MIN_VALIDITY = 1n;
const MAX_VALIDITY = 30n;
const MAX_UNLOCK_PERIOD = 100n;
const UINT96 = 2n ** 96n;

/** Holds the broadcasters' ETH and pays winning tickets. */
export class Broker {
  readonly funding = new Switch();
  parameters: BrokerParameters;
  /** {wei ETH} Fees in the BondingManager's books that are still here. */
  handedOver = 0n;

  readonly #rounds: Rounds;
  readonly #ether: Balances;
  readonly #domain: Domain;
  readonly #bonding: Address;
  readonly #senders = new Map<Address, Sender>();
  readonly #closed = new Set<string>();
  readonly #fees = new Map<string, bigint>();
  /** Every validity that there ever was, oldest first: it holds for tickets created from `fromRound` until the next one begins. */
  readonly #validities: { readonly fromRound: bigint; readonly validity: bigint }[];

  constructor(rounds: Rounds, ether: Balances, domain: Domain, bonding: Address, parameters: BrokerParameters) {
    this.#rounds = rounds;
    this.#ether = ether;
    this.#domain = domain;
    this.#bonding = bonding;
    this.parameters = parameters;
    this.#validities = [{ fromRound: 0n, validity: parameters.ticketValidity }];
  }

  // --- Funding ---

  /** `funder` sends `value`, of which `escrow` is for the penalty escrow of `sender` and the rest for its deposit. */
  fund(funder: Address, sender: Address, value: bigint, escrow: bigint): void {
    this.funding.requireOn();
    need(sender !== ZERO_ADDRESS, "TicketBrokerZeroSender");
    need(value !== 0n, "TicketBrokerNothingFunded");
    need(escrow <= value, "TicketBrokerEscrowExceedsValue", value, escrow);
    const account = this.sender(sender);
    const next = { ...account, deposit: account.deposit + value - escrow, escrow: account.escrow + escrow };
    for (const amount of [next.deposit, next.escrow]) {
      need(amount < UINT96, "SafeCastOverflowedUintDowncast", 96n, amount);
    }

    this.#senders.set(sender, next);
    this.#ether.move(funder, this.#domain.broker, value);
  }

  unlock(caller: Address): void {
    const account = this.sender(caller);
    need(account.deposit !== 0n || account.escrow !== 0n, "TicketBrokerNothingToUnlock", caller);
    need(account.withdrawRound === 0n, "TicketBrokerUnlocking", caller, account.withdrawRound);

    const withdrawRound = this.#rounds.current + this.parameters.unlockPeriod;
    this.#senders.set(caller, { ...account, withdrawRound });
  }

  cancelUnlock(caller: Address): void {
    const account = this.sender(caller);
    need(account.withdrawRound !== 0n, "TicketBrokerLocked", caller);

    this.#senders.set(caller, { ...account, withdrawRound: 0n });
  }

  withdraw(caller: Address): void {
    const account = this.sender(caller);
    const round = this.#rounds.current;
    need(account.withdrawRound !== 0n, "TicketBrokerLocked", caller);
    need(round >= account.withdrawRound, "TicketBrokerWithdrawTooEarly", round, account.withdrawRound);

    this.#senders.delete(caller);
    this.#ether.move(this.#domain.broker, caller, account.deposit + account.escrow);
  }

  // --- Redemption ---

  /** Pays one winner its full face value, or changes nothing. */
  redeem(caller: Address, { ticket, signer, recipientRand }: Redemption): void {
    const round = this.#rounds.current;
    const lastRound = this.lastRedemptionRound(ticket.creationRound);
    need(caller === ticket.recipient, "TicketBrokerNotRecipient", caller, ticket.recipient);
    need(ticket.creationRound <= round, "TicketBrokerTicketFromFuture", round, ticket.creationRound);
    need(round <= lastRound, "TicketBrokerTicketExpired", round, lastRound);
    const commitment = commitmentTo(recipientRand);
    need(commitment === ticket.commitment, "TicketBrokerWrongRecipientRand", commitment, ticket.commitment);
    const closed = this.isClosed(ticket.recipient, ticket.commitmentIndex);
    need(!closed, "TicketBrokerCommitmentClosed", ticket.recipient, ticket.commitmentIndex);
    const digest = digestOf(ticket, this.#domain);
    const drawn = draw(digest, recipientRand);
    need(drawn < ticket.winProb, "TicketBrokerTicketLost", drawn, ticket.winProb);
    need(signer === ticket.sender, "TicketBrokerInvalidSignature", ticket.sender, digest);
    const account = this.sender(ticket.sender);
    need(account.deposit >= ticket.faceValue, "TicketBrokerInsufficientDeposit", account.deposit, ticket.faceValue);

    this.#closed.add(`${ticket.recipient}/${ticket.commitmentIndex}`);
    this.#senders.set(ticket.sender, { ...account, deposit: account.deposit - ticket.faceValue });
    const key = `${ticket.recipient}/${ticket.creationRound}`;
    this.#fees.set(key, (this.#fees.get(key) ?? 0n) + ticket.faceValue);
  }

  /** Redeems each item in order and leaves out what `redeem` would refuse. */
  redeemBatch(caller: Address, items: readonly Redemption[]): BatchResult {
    const skipped: { index: number; refusal: Refusal }[] = [];
    for (const [index, item] of items.entries()) {
      try {
        this.redeem(caller, item);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        skipped.push({ index, refusal });
      }
    }
    return { paid: items.length - skipped.length, skipped };
  }

  // --- Fees ---

  /** Hands the oldest fees of `recipient` over to the BondingManager's books, once no ticket of their round or of an earlier one can be redeemed. */
  pullFees(caller: Address, recipient: Address): Pulled {
    need(caller === this.#bonding, "TicketBrokerNotBondingManager", caller, this.#bonding);
    const open = this.firstOpenRound();
    for (let round = 0n; round < open; round += 1n) {
      const amount = this.feesOf(recipient, round);
      if (amount === 0n) continue;
      this.#fees.delete(`${recipient}/${round}`);
      this.handedOver += amount;
      return { round, amount };
    }
    return { round: open, amount: 0n };
  }

  payFees(caller: Address, to: Address, amount: bigint): void {
    need(caller === this.#bonding, "TicketBrokerNotBondingManager", caller, this.#bonding);
    need(this.handedOver >= amount, "TicketBrokerFeesMissing", this.handedOver, amount);

    this.handedOver -= amount;
    this.#ether.move(this.#domain.broker, to, amount);
  }

  // --- Governance ---

  /** @param shortestNotice of any commission that is announced now or has not begun {round} */
  setParameters(next: BrokerParameters, shortestNotice: bigint): void {
    requireBounds(next);
    need(
      next.ticketValidity < shortestNotice,
      "TicketBrokerValidityNotBelowNotice",
      next.ticketValidity,
      shortestNotice,
    );
    const old = this.parameters;
    const round = this.#rounds.current;

    const longest = max(next.ticketValidity, this.longestValidity());
    const shortest = min(old.unlockPeriod, next.unlockPeriod);
    need(shortest > longest + 1n, "TicketBrokerUnlockPeriodTooShort", shortest, longest + 1n);

    if (next.ticketValidity !== old.ticketValidity) {
      const [before, last] = this.#validities.slice(-2);
      if (before !== undefined && last !== undefined) {
        const needRound = last.fromRound + max(before.validity, last.validity);
        need(round >= needRound, "TicketBrokerValidityChangedRecently", round, needRound);
      }
      this.#validities.push({ fromRound: round + 1n, validity: next.ticketValidity });
    }
    this.parameters = next;
  }

  // --- Views ---

  sender(address: Address): Readonly<Sender> {
    return this.#senders.get(address) ?? { deposit: 0n, escrow: 0n, withdrawRound: 0n };
  }

  feesOf(recipient: Address, creationRound: bigint): bigint {
    return this.#fees.get(`${recipient}/${creationRound}`) ?? 0n;
  }

  isClosed(recipient: Address, commitmentIndex: bigint): boolean {
    return this.#closed.has(`${recipient}/${commitmentIndex}`);
  }

  /** {round} The last one in which a ticket of `creationRound` can be redeemed. The contract remembers two validities, which is all that can be alive. */
  lastRedemptionRound(creationRound: bigint): bigint {
    return creationRound + this.#validities.findLast(({ fromRound }) => fromRound <= creationRound)!.validity;
  }

  /** {round} Of all tickets that can be redeemed or made. */
  longestValidity(): bigint {
    const alive = this.#validities.filter(({ validity }, i) => {
      const end = this.#validities[i + 1]?.fromRound;
      return end === undefined || this.#rounds.current < end + validity;
    });
    return max(...alive.map(({ validity }) => validity));
  }

  /** {round} The first one of which a ticket may still be redeemed. */
  firstOpenRound(): bigint {
    const { current } = this.#rounds;
    let round = max(0n, current - MAX_VALIDITY);
    while (this.lastRedemptionRound(round) < current) round += 1n;
    return round;
  }
}

function requireBounds({ ticketValidity, unlockPeriod, curingPeriod }: BrokerParameters): void {
  need(
    ticketValidity >= MIN_VALIDITY && ticketValidity <= MAX_VALIDITY,
    "TicketBrokerValidityOutOfBounds",
    ticketValidity,
    MIN_VALIDITY,
    MAX_VALIDITY,
  );
  need(unlockPeriod <= MAX_UNLOCK_PERIOD, "TicketBrokerUnlockPeriodTooLong", unlockPeriod, MAX_UNLOCK_PERIOD);
  need(unlockPeriod > ticketValidity + 1n, "TicketBrokerUnlockPeriodTooShort", unlockPeriod, ticketValidity + 1n);
  need(curingPeriod <= ticketValidity, "TicketBrokerCuringPeriodTooLong", curingPeriod, ticketValidity);
}

const max = (...values: bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b));
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
