import { StreamflowError } from "../errors.ts";
import { withdrawalIsLater } from "./formulas.ts";
import { ownIndexFrom } from "./front-ends.ts";
import type {
  AllocationState,
  BrokerReader,
  Clock,
  Float,
  Payment,
  Price,
  PriceInfo,
  Randomness,
  ReadOptions,
  Received,
  Recipient,
  RecipientStore,
  SenderState,
  SignerState,
  Ticket,
  TicketDomain,
  TicketParams,
  Winner,
} from "./interface.ts";
import { ticketValue, toCredit, winProbFor } from "./price.ts";
import { deriveRand, deriveTermsMac, MAX_WINDOW, paymentSchema } from "./quote.ts";
import { readPayment } from "./read-payment.ts";
import { certainAllocation, FloatPolicy, type RiskPolicy } from "./risk.ts";
import { addressSchema, describeIssues } from "./schema.ts";
import { capShortage } from "./signer-cap.ts";
import { commitmentOf, isWinner, recoverTicketSigner, ticketDigest } from "./ticket.ts";

export interface RecipientOptions {
  /** The orchestrator's address; tickets pay it. */
  readonly address: string;
  readonly domain: TicketDomain;
  /** Commitments handed out per sender, 1 to 64: as many tickets can be in flight at once. Default 4. */
  readonly window?: number;
  /** Tickets after which an index is retired unwon; bounds the memory of salts. Default 65,536. */
  readonly ticketsPerIndex?: number;
  /** Which of the recipient's front ends this is. Default: the only one. */
  readonly frontEnd?: FrontEnd;
  /** {ms} How long a quote stands. Default 60,000. */
  readonly quoteLifetime?: number;
  /** Rounds by which a withdrawal, and a release of the allocation, must come later than a ticket's expiry. Default 1. */
  readonly withdrawalMargin?: number;
}

/**
 * One of several processes that take tickets for one recipient, each with a store of its own. The index spaces are disjoint: front end i of n hands
 * out and takes i, i + n, i + 2n …, so no ticket is taken twice though they share nothing. All of them must have the same `count`.
 */
export interface FrontEnd {
  /** From 0, below `count`. */
  readonly index: number;
  /** {1} Of front ends, 1 to 256; more than there are leave room for others. */
  readonly count: number;
}

export interface RecipientModules {
  readonly store: RecipientStore;
  readonly broker: BrokerReader;
  readonly clock: Clock;
  /** Used once in a store's life, for its secret. */
  readonly randomness: Randomness;
  /** Default: a `FloatPolicy` without bounds of its own. */
  readonly risk?: RiskPolicy;
  /** Called after a winner is on disk; must not throw. */
  readonly onWinner?: (winner: Winner) => void;
}

/** Validity, sender and allocation. */
type Backing = readonly [number, SenderState, AllocationState];

const MAX_FRONT_ENDS = 256;

/** Rounds behind the current one in which a ticket may have been made: a sender's view of the chain can lag at a boundary. */
const ROUND_SKEW = 1;

/** {ms} How old what stands behind a sender may be at most, as it was read, for a refusal. */
const REFUSAL_MS = 1_000;

/**
 * The orchestrator's side of the payments.
 *
 * Nothing is stored per quote: the number behind a commitment and the mark under a quote's terms are derived from the node's secret. The
 * store knows which index was handed to whom, which are closed, and the salts of tickets on open indices.
 *
 * Commitments belong to a creation round, and each round numbers them from 0. A quote is for the present round; its tickets are taken in
 * that round and the next, and then the round's indices are forgotten.
 *
 * Several front ends may take tickets for one recipient: see `FrontEnd`. Each takes its share of deposit, allocation and caps for all there is.
 *
 * Replay rule: a (creation round, commitment index, salt) triple earns credit once. Its salt is remembered until the index closes or until the
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
  readonly #risk: RiskPolicy;
  #filling: Promise<unknown> = Promise.resolve();
  /** The latest round that was seen: a view of the chain that falls behind opens no round again. */
  #round = 0;
  /** The round of which the chain has shown an index open. */
  #shownOpen: number | null = null;

  constructor(options: RecipientOptions, modules: RecipientModules) {
    this.#options = {
      ...{ window: 4, ticketsPerIndex: 65_536, quoteLifetime: 60_000, withdrawalMargin: 1 },
      frontEnd: { index: 0, count: 1 },
      ...options,
      address: addressSchema.parse(options.address),
    };
    if (this.#options.window < 1 || this.#options.window > MAX_WINDOW) {
      throw new RangeError(`window must be in [1, ${MAX_WINDOW}]`);
    }
    const { index, count } = this.#options.frontEnd;
    if (!(count <= MAX_FRONT_ENDS && index >= 0 && index < count)) {
      throw new RangeError(`the front end must be below a count in [1, ${MAX_FRONT_ENDS}]`);
    }
    this.#modules = modules;
    this.#risk = modules.risk ?? new FloatPolicy();
    this.#secret = modules.store.secret(() => modules.randomness(32));
  }

  async quote(senderInput: string, info: PriceInfo): Promise<TicketParams> {
    const parsed = addressSchema.safeParse(senderInput);
    if (!parsed.success) throw new StreamflowError("TicketInvalid", `sender: ${describeIssues(parsed.error)}`);
    const sender = parsed.data;
    const { broker, clock } = this.#modules;
    const { address: recipient } = this.#options;
    const { price, faceValue } = info;
    const creationRound = this.#see(await broker.currentRound());
    const wanted = { sender, faceValue, creationRound };
    const refused = this.#refusal(wanted, await Promise.all(this.#readBacking(sender, creationRound)));
    if (refused !== null) this.#checkRisk(wanted, await this.#readAgain(wanted));
    const indices = await this.#window(sender, creationRound);

    const validUntil = clock.now() + this.#options.quoteLifetime;
    const terms = { recipient, sender, faceValue, creationRound };
    return {
      ...terms,
      commitments: indices.map((index) => ({
        index,
        commitment: commitmentOf(deriveRand(this.#secret, { ...terms, index })),
      })),
      terms: { price, validUntil, mac: deriveTermsMac(this.#secret, { ...terms, price, validUntil }) },
    };
  }

  quotedPrice(payment: unknown): Price {
    const { ticket, terms } = parsePayment(payment);
    this.#checkTerms(ticket, terms);
    return terms.price;
  }

  async receive(
    input: unknown,
    order: { readonly sender: string; readonly fee: bigint; readonly check?: () => void },
  ): Promise<Received> {
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
      creationRound: ticket.creationRound,
      index: ticket.commitmentIndex,
    });
    if (commitmentOf(recipientRand) !== ticket.commitment) throw commitmentUnknown(ticket);
    const digest = ticketDigest(ticket, this.#options.domain);
    const signedBy = recoverTicketSigner(digest, signature);
    const key = signedBy === ticket.sender ? null : signedBy;

    const [reported, authorized, ...backing] = await Promise.all([
      broker.currentRound(),
      key === null ? null : broker.signer(ticket.sender, key, ticket.creationRound),
      ...this.#readBacking(ticket.sender, ticket.creationRound),
    ]);
    let refused = this.#refusal(ticket, backing);
    if (refused !== null) refused = this.#refusal(ticket, await this.#readAgain(ticket));

    // From here to the store's answer nothing else runs.
    this.#checkRound(ticket, this.#see(reported));
    if (key !== null && authorized !== null) this.#checkKey(ticket, key, authorized);
    if (refused !== null) throw refused;
    order.check?.();
    const won = isWinner(ticket, digest, recipientRand);
    const credit = ticketValue(ticket);
    const acceptance = store.accept({
      payment: { ticket, signature },
      signer: key,
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

  async maySign(senderInput: string, keyInput: string): Promise<boolean> {
    const { broker } = this.#modules;
    const [sender, key] = [addressSchema.parse(senderInput), addressSchema.parse(keyInput)];
    if (key === sender) return true;
    const round = this.#see(await broker.currentRound());
    const { lastRound } = await broker.signer(sender, key, round);
    return lastRound !== 0 && lastRound >= round - ROUND_SKEW;
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

  async exposure(senderInput: string): Promise<Float> {
    const { store, broker } = this.#modules;
    const sender = addressSchema.parse(senderInput);
    const round = this.#see(await broker.currentRound());
    const [validity, , allocation] = await Promise.all(this.#readBacking(sender, round));
    const unredeemed = store.unredeemed(sender);
    const certain = certainAllocation(allocation, round, validity, this.#options.withdrawalMargin);
    const secured = unredeemed < certain ? unredeemed : certain;
    return { unredeemed, secured, unsecured: unredeemed - secured };
  }

  #checkTerms(ticket: Ticket, terms: Payment["terms"]): void {
    const { address: recipient } = this.#options;
    if (ticket.recipient !== recipient) {
      throw new StreamflowError("TicketInvalid", `the ticket is for ${ticket.recipient}, this node is ${recipient}`);
    }
    this.#checkFrontEnd(ticket);
    const { sender, faceValue, creationRound } = ticket;
    const mac = deriveTermsMac(this.#secret, { recipient, sender, faceValue, creationRound, ...terms });
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

  #checkFrontEnd({ commitmentIndex }: Ticket): void {
    const { index, count } = this.#options.frontEnd;
    const owner = Number(commitmentIndex % BigInt(count));
    if (owner === index) return;
    throw new StreamflowError(
      "OtherFrontEnd",
      `commitment ${commitmentIndex} is of front end ${owner} of ${count}, this is ${index}`,
      { index: commitmentIndex.toString(), owner, frontEnd: index },
    );
  }

  /** {wei} This front end's part of what all of them draw on. */
  #shareOf(amount: bigint): bigint {
    return amount / BigInt(this.#options.frontEnd.count);
  }

  /** What the chain says about what stands behind a sender's tickets of a round. */
  #readBacking(sender: string, creationRound: number, options: ReadOptions = {}) {
    const { broker } = this.#modules;
    return [
      broker.ticketValidity(creationRound),
      broker.sender(sender, options),
      broker.allocation(sender, this.#options.address, options),
    ] as const;
  }

  /** Nobody is refused for what was so long ago: a sender that has just funded is told to try again. */
  #readAgain({ sender, creationRound }: Pick<Ticket, "sender" | "creationRound">): Promise<Backing> {
    return Promise.all(this.#readBacking(sender, creationRound, { maxAgeMs: REFUSAL_MS }));
  }

  #refusal(wanted: Pick<Ticket, "sender" | "faceValue" | "creationRound">, backing: Backing): Error | null {
    try {
      this.#checkRisk(wanted, backing);
      return null;
    } catch (error) {
      if (error instanceof Error) return error;
      throw error;
    }
  }

  /** The present round. Indices and salts of rounds whose tickets are not taken any more are forgotten when a new one is seen. */
  #see(reported: number): number {
    if (reported > this.#round) {
      this.#round = reported;
      this.#modules.store.forget(reported - ROUND_SKEW);
    }
    return this.#round;
  }

  #checkRound({ creationRound }: Ticket, currentRound: number): void {
    if (creationRound >= currentRound - ROUND_SKEW && creationRound <= currentRound) return;
    throw new StreamflowError(
      "TicketExpired",
      `the creation round is ${creationRound}, the current round ${currentRound}`,
      { creationRound, currentRound },
    );
  }

  /** A hot key's ticket: authorized for its round, with room under the cap beside what it has won and not yet got. */
  #checkKey({ sender, faceValue, creationRound }: Ticket, key: string, { lastRound, cap, spent }: SignerState): void {
    if (lastRound === 0) throw new StreamflowError("TicketSignatureInvalid", `signed by ${key}, sender is ${sender}`);
    if (creationRound > lastRound) {
      throw new StreamflowError(
        "SignerNotAuthorized",
        `${key} may sign for ${sender} up to round ${lastRound}, the ticket is of round ${creationRound}`,
        { key, lastRound, creationRound },
      );
    }
    const needed = spent + this.#modules.store.unredeemedOf(sender, key, creationRound) + faceValue;
    const shortage = capShortage(key, creationRound, spent + this.#shareOf(cap > spent ? cap - spent : 0n), needed);
    if (shortage !== null) throw shortage;
  }

  #checkRisk(
    { sender, faceValue, creationRound }: Pick<Ticket, "sender" | "faceValue" | "creationRound">,
    [validity, state, allocation]: Backing,
  ): void {
    const { store } = this.#modules;
    const { withdrawalMargin } = this.#options;
    this.#risk.check({
      sender,
      faceValue,
      unredeemed: store.unredeemed(sender),
      allocation: this.#shareOf(certainAllocation(allocation, creationRound, validity, withdrawalMargin)),
      state: { ...state, deposit: this.#shareOf(state.deposit) },
      isLocked: withdrawalIsLater(state.withdrawRound, creationRound, validity, withdrawalMargin),
      hasDefaulted: store.hasDefaulted(sender),
    });
  }

  /** The sender's window of open indices, filled up. One at a time, because filling reads the chain between look-up and hand-out. */
  #window(sender: string, round: number): Promise<bigint[]> {
    const filled = this.#filling.then(() => this.#fillWindow(sender, round));
    this.#filling = filled.catch(() => undefined);
    return filled;
  }

  async #fillWindow(sender: string, round: number): Promise<bigint[]> {
    const { store } = this.#modules;
    const { window, frontEnd } = this.#options;
    let stride = BigInt(frontEnd.count);
    for (;;) {
      const open = store.openIndices(sender, window, round, frontEnd);
      if (open.length >= window) return open;
      const index = ownIndexFrom(store.nextIndex(round), frontEnd);
      // Only a store younger than the round's winners meets closed indices; doubling strides leave them behind quickly.
      if (await this.#isClosed(round, index)) {
        store.skip(index, stride, round);
        stride *= 2n;
      } else {
        store.hand(sender, index, round);
      }
    }
  }

  /** While the chain does not answer, those of a round are open of which it has shown one open: this store's closed ones lie before. */
  async #isClosed(round: number, index: bigint): Promise<boolean> {
    try {
      const isClosed = await this.#modules.broker.isClosed(this.#options.address, round, index);
      if (!isClosed) this.#shownOpen = round;
      return isClosed;
    } catch (error) {
      if (this.#shownOpen !== round) throw error;
      return false;
    }
  }
}

function parsePayment(input: unknown): Payment {
  const read = readPayment(input);
  if (read !== null) return read;
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
