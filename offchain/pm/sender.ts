import { StreamflowError } from "../errors.ts";
import { ExposureBook } from "./exposure.ts";
import type {
  BrokerReader,
  Clock,
  Commitment,
  DigestSigner,
  Payment,
  Price,
  Randomness,
  Sender,
  SenderLedger,
  SenderSession,
  SentTotals,
  Ticket,
  TicketDomain,
  TicketParams,
} from "./interface.ts";
import { comparePrices, winProbFor } from "./price.ts";
import { ticketParamsSchema } from "./quote.ts";
import { addressSchema, describeIssues } from "./schema.ts";
import { signTicket } from "./ticket.ts";

export interface SenderOptions {
  /** The broadcaster's address; tickets are paid from its deposit. */
  readonly address: string;
  readonly domain: TicketDomain;
  /** Highest price accepted. */
  readonly maxPrice: Price;
  /** {wei} Highest face value accepted. */
  readonly maxFaceValue: bigint;
  /** Rounds by which a withdrawal must come later than a ticket's expiry; as recipients ask. Default 1. */
  readonly withdrawalMargin?: number;
}

export interface SenderModules {
  /** Signs for `options.address`. */
  readonly signer: DigestSigner;
  readonly broker: BrokerReader;
  readonly ledger: SenderLedger;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/**
 * The broadcaster's side of the payments. It never signs a ticket that its deposit could not pay even if every commitment in use had
 * won; the book of these survives the process. One instance per ledger.
 */
export class TicketSender implements Sender {
  readonly #options: SenderOptions;
  readonly #modules: SenderModules;
  readonly #book: ExposureBook;

  constructor(options: SenderOptions, modules: SenderModules) {
    const address = addressSchema.parse(options.address);
    if (modules.signer.address.toLowerCase() !== address.toLowerCase()) {
      throw new RangeError(`the signer's key is ${modules.signer.address}'s, not ${address}'s`);
    }
    this.#options = { ...options, address };
    this.#modules = modules;
    this.#book = new ExposureBook({ address, withdrawalMargin: options.withdrawalMargin ?? 1 }, modules);
  }

  async startSession(input: unknown, recipient: string): Promise<SenderSession> {
    const params = this.#accept(input, recipient);
    await this.#book.check(params.faceValue, await this.#modules.broker.currentRound());
    return new Session(params, {
      accept: (renewed) => this.#accept(renewed, params.recipient),
      pay: (current, commitment, fee, round) => this.#pay(current, commitment, fee, round),
      checkOpen: (current) => this.#checkOpen(current),
    });
  }

  exposure(): bigint {
    return this.#book.total;
  }

  sent(recipient?: string): SentTotals {
    return this.#modules.ledger.sent(recipient === undefined ? undefined : addressSchema.parse(recipient));
  }

  /** A quote that satisfies schema and policy. */
  #accept(input: unknown, recipient: string): TicketParams {
    const parsed = ticketParamsSchema.safeParse(input);
    if (!parsed.success) throw new StreamflowError("TicketInvalid", `quote: ${describeIssues(parsed.error)}`);
    const params: TicketParams = parsed.data;
    const { address, maxPrice, maxFaceValue } = this.#options;
    if (params.recipient.toLowerCase() !== recipient.toLowerCase() || params.sender !== address) {
      throw new StreamflowError(
        "TicketInvalid",
        `the quote is of ${params.recipient} for ${params.sender}, asked was ${recipient} by ${address}`,
      );
    }
    this.#checkOpen(params);
    if (comparePrices(params.terms.price, maxPrice) > 0) {
      const { numerator, denominator } = params.terms.price;
      throw new StreamflowError(
        "PriceTooHigh",
        `the price is ${numerator}/${denominator}, the maximum ${maxPrice.numerator}/${maxPrice.denominator} wei per million pixels`,
        { numerator: numerator.toString(), denominator: denominator.toString() },
      );
    }
    if (params.faceValue > maxFaceValue) {
      throw new StreamflowError(
        "FaceValueTooHigh",
        `the face value is ${params.faceValue} wei, the limit ${maxFaceValue} wei`,
        { faceValueWei: params.faceValue.toString(), maxFaceValueWei: maxFaceValue.toString() },
      );
    }
    return params;
  }

  #checkOpen(params: TicketParams): void {
    const now = this.#modules.clock.now();
    if (now <= params.terms.validUntil) return;
    throw new StreamflowError("TicketParamsExpired", `the quote stood until ${params.terms.validUntil}, it is ${now}`, {
      validUntil: params.terms.validUntil,
      now,
    });
  }

  async #pay(params: TicketParams, commitment: Commitment, fee: bigint, round: number): Promise<Payment> {
    const { signer, randomness } = this.#modules;
    const ticket: Ticket = {
      recipient: params.recipient,
      sender: this.#options.address,
      faceValue: params.faceValue,
      winProb: winProbFor(fee, params.faceValue),
      salt: BigInt(`0x${Buffer.from(randomness(16)).toString("hex")}`),
      commitment: commitment.commitment,
      commitmentIndex: commitment.index,
      creationRound: round,
    };
    await this.#book.admit(ticket);
    return { ...(await signTicket(signer, ticket, this.#options.domain)), terms: params.terms };
  }
}

interface SessionPort {
  accept(params: unknown): TicketParams;
  checkOpen(params: TicketParams): void;
  pay(params: TicketParams, commitment: Commitment, fee: bigint, round: number): Promise<Payment>;
}

class Session implements SenderSession {
  #params: TicketParams;
  readonly #port: SessionPort;
  /** Tickets in flight by commitment index. */
  readonly #inFlight = new Map<bigint, number>();

  constructor(params: TicketParams, port: SessionPort) {
    this.#params = params;
    this.#port = port;
  }

  get params(): TicketParams {
    return this.#params;
  }

  async createTicket(fee: bigint, currentRound: number): Promise<Payment> {
    if (fee <= 0n) throw new RangeError("a fee must be positive");
    this.#port.checkOpen(this.#params);
    const commitment = this.#leastBusy();
    this.#count(commitment.index, 1);
    try {
      return await this.#port.pay(this.#params, commitment, fee, currentRound);
    } catch (error) {
      this.#count(commitment.index, -1);
      throw error;
    }
  }

  settle(payment: Payment): void {
    this.#count(payment.ticket.commitmentIndex, -1);
  }

  async update(input: unknown): Promise<void> {
    const params = this.#port.accept(input);
    // Answers can overtake each other; the quote that stands longer was made later.
    if (params.terms.validUntil >= this.#params.terms.validUntil) this.#params = params;
  }

  #leastBusy(): Commitment {
    let best: Commitment | undefined;
    for (const commitment of this.#params.commitments) {
      if (best === undefined || this.#busy(commitment.index) < this.#busy(best.index)) best = commitment;
    }
    if (best === undefined) throw new StreamflowError("CommitmentUnknown", "the quote carries no commitment");
    return best;
  }

  #busy(index: bigint): number {
    return this.#inFlight.get(index) ?? 0;
  }

  #count(index: bigint, change: number): void {
    const count = this.#busy(index) + change;
    if (count > 0) this.#inFlight.set(index, count);
    else this.#inFlight.delete(index);
  }
}
