import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need, Refusal } from "../refusal.ts";
import { commitmentKey, digestOf, draw, signerOf, ticketOf } from "../ticket.ts";
import type { Batch, Redemption, Ticket } from "../ticket.ts";
import type { Allocations } from "./allocations.ts";
import type { Context } from "./context.ts";
import type { Fees } from "./fees.ts";
import type { Signers } from "./signers.ts";

/** A ticket that won, and the hot key that signed it; null: the sender did. */
export interface Won {
  readonly ticket: Ticket;
  readonly key: Address | null;
}

/** Judges winning tickets and pays them. */
export class Winners {
  readonly #context: Context;
  readonly #allocations: Allocations;
  readonly #signers: Signers;
  readonly #fees: Fees;
  readonly #closed = new Set<string>();

  constructor(context: Context, allocations: Allocations, signers: Signers, fees: Fees) {
    this.#context = context;
    this.#allocations = allocations;
    this.#signers = signers;
    this.#fees = fees;
  }

  /** Whether the commitment has won. The contract forgets it with the fees of the round. */
  isClosed(recipient: Address, creationRound: bigint, commitmentIndex: bigint): boolean {
    return this.#closed.has(commitmentKey(recipient, creationRound, commitmentIndex));
  }

  /** Pays one winner its full face value, or changes nothing. */
  redeem(caller: Address, redemption: Redemption): void {
    const { sender, recipient, faceValue, creationRound, commitmentIndex } = this.#pay(caller, redemption);
    this.#context.emit("TicketRedeemed", sender, recipient, faceValue, creationRound, commitmentIndex);
  }

  /** Redeems each ticket in order and leaves out what `redeem` would refuse. What became of each of them: null, or why it was left out. */
  redeemBatch(caller: Address, batches: readonly Batch[]): (Refusal | null)[] {
    return batches.flatMap((batch) => this.#redeemOne(caller, batch));
  }

  #redeemOne(caller: Address, { sender, faceValue, winners }: Batch): (Refusal | null)[] {
    const { emit } = this.#context;
    const paid: bigint[] = [];
    const outcomes = winners.map((winner) => {
      const { creationRound, commitmentIndex } = winner;
      try {
        this.#pay(caller, { sender, faceValue, ...winner });
        paid.push(creationRound * 2n ** 32n + commitmentIndex);
        return null;
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        emit("TicketSkipped", sender, caller, creationRound, commitmentIndex, refusal);
        return refusal;
      }
    });
    if (paid.length !== 0) emit("TicketsRedeemed", sender, caller, faceValue, paid);
    return outcomes;
  }

  #pay(caller: Address, redemption: Redemption): Ticket {
    const won = this.judge(caller, redemption);
    const { sender, recipient, faceValue, creationRound } = won.ticket;
    const have = this.#allocations.funds(sender, recipient);
    need(have >= faceValue, "TicketBrokerInsufficientFunds", have, faceValue);

    this.close(won);
    this.#allocations.pay(sender, recipient, faceValue);
    this.#fees.book(recipient, creationRound, faceValue);
    return won.ticket;
  }

  /** All that makes a ticket valid and winning, the money apart. */
  judge(caller: Address, redemption: Redemption): Won {
    const { rounds, windows, domain } = this.#context;
    const ticket = ticketOf(caller, redemption);
    const { sender, recipient, creationRound, commitmentIndex, winProb } = ticket;
    const round = rounds.current;
    const lastRound = windows.lastRedemptionRound(creationRound);
    need(creationRound <= round, "TicketBrokerTicketFromFuture", round, creationRound);
    need(round <= lastRound, "TicketBrokerTicketExpired", round, lastRound);
    const closed = this.isClosed(recipient, creationRound, commitmentIndex);
    need(!closed, "TicketBrokerCommitmentClosed", recipient, creationRound, commitmentIndex);
    const digest = digestOf(ticket, domain);
    const drawn = draw(digest, redemption.recipientRand);
    need(drawn < winProb, "TicketBrokerTicketLost", drawn, winProb);
    const signer = signerOf(digest, redemption.r, redemption.vs);
    if (signer === sender && signer !== ZERO_ADDRESS) return { ticket, key: null };

    const cap = this.#signers.capOf(sender, signer, creationRound);
    need(cap !== null, "TicketBrokerInvalidSignature", sender, signer, digest);
    const taken = this.#signers.spentBy(sender, signer, creationRound) + ticket.faceValue;
    need(taken <= cap, "TicketBrokerSignerCapExceeded", signer, cap, taken);
    return { ticket, key: signer };
  }

  /** Uses the commitment up, and of the key's cap what the ticket takes. */
  close({ ticket, key }: Won): void {
    const { sender, recipient, faceValue, creationRound, commitmentIndex } = ticket;
    this.#closed.add(commitmentKey(recipient, creationRound, commitmentIndex));
    if (key !== null) this.#signers.spend(sender, key, creationRound, faceValue);
  }
}
