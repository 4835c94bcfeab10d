import { StreamflowError } from "../errors.ts";
import type {
  BrokerReader,
  Clock,
  Payment,
  Price,
  PriceInfo,
  Randomness,
  Received,
  Recipient,
  RecipientStore,
  SenderState,
  Ticket,
  TicketDomain,
  TicketParams,
  Winner,
} from "./interface.ts";
import { depositNeeded, ticketValue, toCredit, winProbFor, withdrawalIsLater } from "./price.ts";
import { deriveRand, deriveTermsMac, MAX_WINDOW, paymentSchema } from "./quote.ts";
import { addressSchema, describeIssues } from "./schema.ts";
import { commitmentOf, isWinner, recoverTicketSigner, ticketDigest } from "./ticket.ts";

export interface RecipientOptions {
  /** The orchestrator's address; tickets pay it. */
  readonly address: string;
  readonly domain: TicketDomain;
  /** Commitments handed out per sender, 1 to 64: as many tickets can be in flight at once. Default 4. */
  readonly window?: number;
  /** Tickets after which an index is retired unwon; bounds the memory of salts. Default 65,536. */
  readonly ticketsPerIndex?: number;
  /** {ms} How long a quote stands. Default 60,000. */
  readonly quoteLifetime?: number;
  /** Rounds by which a withdrawal must come later than a ticket's expiry. Default 1. */
  readonly withdrawalMargin?: number;
}

export interface RecipientModules {
  readonly store: RecipientStore;
  readonly broker: BrokerReader;
  readonly clock: Clock;
  /** Used once in a store's life, for its secret. */
  readonly randomness: Randomness;
  /** Called after a winner is on disk; must not throw. */
  readonly onWinner?: (winner: Winner) => void;
}

/** Rounds behind the current one in which a ticket may have been made: a sender's view of the chain can lag at a boundary. */
const ROUND_SKEW = 1;

/**
 * The orchestrator's side of the payments.
 *
 * Nothing is stored per quote: the number behind a commitment and the mark under a quote's terms are derived from the node's secret. The
 * store knows which index was handed to whom, which are closed, and the salts of tickets on open indices.
 *
 * Replay rule: a (commitment index, salt) pair earns credit once. Its salt is remembered until the index closes or until the ticket's
 * round is too old to be taken, whichever is first; both make a replay fail by another check. An index is retired after
 * `ticketsPerIndex` tickets, so the memory is bounded by open indices × `ticketsPerIndex`.
 *
 * Rule for tickets in flight on one commitment: a ticket earns credit while its index is open. The first win closes the index; tickets
 * that arrive on it later could never be redeemed and are refused with `CommitmentClosed`, won or not, so their sender owes nothing.
 */
export class TicketRecipient implements Recipient {
  readonly #options: Required<RecipientOptions>;
  readonly #modules: RecipientModules;
  readonly #secret: Uint8Array;
  #allocation: Promise<unknown> = Promise.resolve();
  #forgottenBefore = 0;

  constructor(options: RecipientOptions, modules: RecipientModules) {
    this.#options = {
      ...{ window: 4, ticketsPerIndex: 65_536, quoteLifetime: 60_000, withdrawalMargin: 1 },
      ...options,
      address: addressSchema.parse(options.address),
    };
    if (this.#options.window < 1 || this.#options.window > MAX_WINDOW) {
      throw new RangeError(`window must be in [1, ${MAX_WINDOW}]`);
    }
    this.#modules = modules;
    this.#secret = modules.store.secret(() => modules.randomness(32));
  }

  async quote(senderInput: string, info: PriceInfo): Promise<TicketParams> {
    const parsed = addressSchema.safeParse(senderInput);
    if (!parsed.success) throw new StreamflowError("TicketInvalid", `sender: ${describeIssues(parsed.error)}`);
    const sender = parsed.data;
    const { store, broker, clock } = this.#modules;

    const [round, validity, state] = await Promise.all([
      broker.currentRound(),
      broker.ticketValidity(),
      broker.sender(sender),
    ]);
    this.#checkBalance(state, store.unredeemed(sender), info.faceValue, round, validity);
    const indices = await this.#window(sender, round);

    const { address: recipient } = this.#options;
    const { price, faceValue } = info;
    const validUntil = clock.now() + this.#options.quoteLifetime;
    return {
      recipient,
      sender,
      faceValue,
      commitments: indices.map((index) => ({
        index,
        commitment: commitmentOf(deriveRand(this.#secret, { recipient, sender, faceValue, index })),
      })),
      terms: {
        price,
        validUntil,
        mac: deriveTermsMac(this.#secret, { recipient, sender, faceValue, price, validUntil }),
      },
    };
  }

  quotedPrice(payment: unknown): Price {
    const { ticket, terms } = parsePayment(payment);
    this.#checkTerms(ticket, terms);
    return terms.price;
  }

  async receive(input: unknown, order: { readonly sender: string; readonly fee: bigint }): Promise<Received> {
    const { store, broker } = this.#modules;
    const payment = parsePayment(input);
    const { ticket, signature, terms } = payment;
    if (ticket.sender.toLowerCase() !== order.sender.toLowerCase()) {
      throw new StreamflowError("TicketInvalid", `the ticket is from ${ticket.sender}, the order from ${order.sender}`);
    }
    this.#checkTerms(ticket, terms);
    checkWorth(ticket, order.fee);
    const recipientRand = deriveRand(this.#secret, {
      recipient: ticket.recipient,
      sender: ticket.sender,
      faceValue: ticket.faceValue,
      index: ticket.commitmentIndex,
    });
    if (commitmentOf(recipientRand) !== ticket.commitment) throw commitmentUnknown(ticket);
    const digest = ticketDigest(ticket, this.#options.domain);
    const signer = recoverTicketSigner(digest, signature);
    if (signer !== ticket.sender) {
      throw new StreamflowError("TicketSignatureInvalid", `signed by ${signer}, sender is ${ticket.sender}`);
    }

    const [round, validity, state] = await Promise.all([
      broker.currentRound(),
      broker.ticketValidity(),
      broker.sender(ticket.sender),
    ]);

    // From here to the store's answer nothing else runs.
    this.#checkRound(ticket, round);
    this.#checkBalance(state, store.unredeemed(ticket.sender), ticket.faceValue, ticket.creationRound, validity);
    const won = isWinner(ticket, digest, recipientRand);
    const credit = ticketValue(ticket);
    const acceptance = store.accept({
      payment: { ticket, signature },
      credit,
      recipientRand: won ? recipientRand : null,
      ticketsPerIndex: this.#options.ticketsPerIndex,
    });
    if (acceptance !== "accepted") throw refusal(acceptance, ticket);

    if (won) this.#modules.onWinner?.({ ticket, signature, recipientRand });
    const balance = store.credit(ticket.sender);
    await store.settled();
    return { won, credit, balance, ticket };
  }

  balance(sender: string): bigint {
    return this.#modules.store.credit(addressSchema.parse(sender));
  }

  charge(senderInput: string, fee: bigint): void {
    const { store } = this.#modules;
    const sender = addressSchema.parse(senderInput);
    if (fee < 0n) throw new RangeError("a fee cannot be negative");
    if (store.charge(sender, toCredit(fee))) return;
    const credit = store.credit(sender);
    throw new StreamflowError("InsufficientCredit", `the fee is ${fee} wei, the credit ${credit} wei·1e18`, {
      feeWei: fee.toString(),
      creditWei18: credit.toString(),
    });
  }

  #checkTerms(ticket: Ticket, terms: Payment["terms"]): void {
    const { address: recipient } = this.#options;
    if (ticket.recipient !== recipient) {
      throw new StreamflowError("TicketInvalid", `the ticket is for ${ticket.recipient}, this node is ${recipient}`);
    }
    const { sender, faceValue } = ticket;
    const mac = deriveTermsMac(this.#secret, { recipient, sender, faceValue, ...terms });
    if (mac !== terms.mac) {
      throw new StreamflowError("TicketInvalid", "the terms are not those of a quote of this node for this sender");
    }
    const now = this.#modules.clock.now();
    if (now > terms.validUntil) {
      throw new StreamflowError("TicketParamsExpired", `the quote stood until ${terms.validUntil}, it is ${now}`, {
        validUntil: terms.validUntil,
        now,
      });
    }
  }

  #checkRound(ticket: Ticket, round: number): void {
    if (round > this.#forgottenBefore) {
      this.#forgottenBefore = round;
      this.#modules.store.forget(round - ROUND_SKEW);
    }
    if (ticket.creationRound >= this.#forgottenBefore - ROUND_SKEW && ticket.creationRound <= round) return;
    throw new StreamflowError(
      "TicketExpired",
      `the creation round is ${ticket.creationRound}, the current round ${round}`,
      { creationRound: ticket.creationRound, currentRound: round },
    );
  }

  #checkBalance(state: SenderState, unredeemed: bigint, faceValue: bigint, round: number, validity: number): void {
    const needed = depositNeeded(unredeemed, faceValue);
    const locked = withdrawalIsLater(state.withdrawRound, round, validity, this.#options.withdrawalMargin);
    if (state.deposit >= needed && locked) return;
    const why = locked ? "" : `; it can be withdrawn in round ${state.withdrawRound}`;
    throw new StreamflowError("LowPMBalance", `the deposit is ${state.deposit} wei, ${needed} wei are needed${why}`, {
      depositWei: state.deposit.toString(),
      neededWei: needed.toString(),
      withdrawRound: state.withdrawRound,
    });
  }

  /** The sender's window of open indices, filled up. One at a time, because filling reads the chain between look-up and hand-out. */
  #window(sender: string, round: number): Promise<bigint[]> {
    const filled = this.#allocation.then(() => this.#fillWindow(sender, round));
    this.#allocation = filled.catch(() => undefined);
    return filled;
  }

  async #fillWindow(sender: string, round: number): Promise<bigint[]> {
    const { store, broker } = this.#modules;
    const { window, address } = this.#options;
    let stride = 1n;
    for (;;) {
      const open = store.openIndices(sender, window, round);
      if (open.length >= window) return open;
      const index = store.nextIndex(round - ROUND_SKEW);
      // Only a store younger than the address's history meets closed indices; doubling strides leave them behind quickly.
      if (await broker.isClosed(address, index)) {
        store.skip(index, stride);
        stride *= 2n;
      } else {
        store.hand(sender, index, round);
      }
    }
  }
}

function parsePayment(input: unknown): Payment {
  const parsed = paymentSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("TicketInvalid", describeIssues(parsed.error));
}

function checkWorth(ticket: Ticket, fee: bigint): void {
  if (ticketValue(ticket) >= toCredit(fee)) return;
  const needed = winProbFor(fee, ticket.faceValue);
  throw new StreamflowError("TicketWinProbTooLow", `the win probability is ${ticket.winProb}, ${needed} is needed`, {
    winProb: ticket.winProb.toString(),
    neededWinProb: needed.toString(),
    feeWei: fee.toString(),
  });
}

function refusal(acceptance: "replayed" | "closed" | "unknown", ticket: Ticket): StreamflowError {
  const index = ticket.commitmentIndex.toString();
  if (acceptance === "replayed") {
    return new StreamflowError("TicketReplayed", `a ticket with this salt was received on commitment ${index}`, {
      index,
    });
  }
  if (acceptance === "closed") {
    return new StreamflowError("CommitmentClosed", `commitment ${index} was closed by an earlier win`, { index });
  }
  return commitmentUnknown(ticket);
}

function commitmentUnknown(ticket: Ticket): StreamflowError {
  const index = ticket.commitmentIndex.toString();
  return new StreamflowError("CommitmentUnknown", `commitment ${index} is not one handed to ${ticket.sender}`, {
    index,
  });
}
