import { StreamflowError } from "../errors.ts";
import { ExposureBook } from "./exposure.ts";
import { type DebtPolicy, poissonQuantile, toNumber, winRate } from "./formulas.ts";
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
import { commitmentKey, signTicket } from "./ticket.ts";

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
  /** What tickets in use are taken to cost. Default `certain`: never more than the deposit can be lost. */
  readonly debt?: DebtPolicy;
}

export interface SenderModules {
  /** Signs for `options.address`: with its own key, or with a hot key that it has authorized on the broker. */
  readonly signer: DigestSigner;
  readonly broker: BrokerReader;
  readonly ledger: SenderLedger;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** Rounds by which a quote's creation round may differ from the sender's view of the chain: either may lag at a boundary. */
const ROUND_SKEW = 1;

/** The chance at which `depositFor` may fall short where the policy names none. */
const DEFAULT_EPSILON = 1e-6;

/**
 * The broadcaster's side of the payments. By its default policy it never signs a ticket that its deposit could not pay even if every
 * commitment in use had won; the book of these survives the process. One instance per ledger.
 */
export class TicketSender implements Sender {
  readonly #options: Required<SenderOptions>;
  readonly #modules: SenderModules;
  readonly #book: ExposureBook;

  constructor(options: SenderOptions, modules: SenderModules) {
    const address = addressSchema.parse(options.address);
    const key = addressSchema.parse(modules.signer.address);
    this.#options = { debt: { kind: "certain" }, withdrawalMargin: 1, ...options, address };
    this.#modules = modules;
    const { debt, withdrawalMargin } = this.#options;
    this.#book = new ExposureBook({ address, key: key === address ? null : key, debt, withdrawalMargin }, modules);
  }

  async startSession(input: unknown, recipient: string): Promise<SenderSession> {
    const round = await this.#modules.broker.currentRound();
    const params = this.#accept(input, recipient, round);
    await this.#book.check(params.faceValue, params.creationRound, round);
    return new Session(params, {
      accept: async (renewed) => this.#accept(renewed, params.recipient, await this.#modules.broker.currentRound()),
      pay: (current, commitment, fee, currentRound) => this.#pay(current, commitment, fee, currentRound),
      checkOpen: (current, currentRound) => this.#checkOpen(current, currentRound),
    });
  }

  exposure(): bigint {
    return this.#book.total;
  }

  depositFor({ faceValue, winProb }: { faceValue: bigint; winProb: bigint }, tickets: bigint): bigint {
    const { debt } = this.#options;
    const rate = toNumber(tickets * winRate(winProb));
    const winners = BigInt(poissonQuantile(rate, debt.kind === "quantile" ? debt.epsilon : DEFAULT_EPSILON));
    return this.#book.total + faceValue * (winners < tickets ? winners : tickets);
  }

  sent(recipient?: string): SentTotals {
    return this.#modules.ledger.sent(recipient === undefined ? undefined : addressSchema.parse(recipient));
  }

  /** A quote that satisfies schema and policy. */
  #accept(input: unknown, recipient: string, currentRound: number): TicketParams {
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
    this.#checkOpen(params, currentRound);
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

  #checkOpen({ creationRound, terms: { validUntil } }: TicketParams, currentRound: number): void {
    const now = this.#modules.clock.now();
    if (now > validUntil) {
      throw new StreamflowError("TicketParamsExpired", `the quote stood until ${validUntil}, it is ${now}`, {
        validUntil,
        now,
      });
    }
    if (creationRound >= currentRound - ROUND_SKEW && creationRound <= currentRound + ROUND_SKEW) return;
    throw new StreamflowError(
      creationRound < currentRound ? "TicketParamsExpired" : "TicketExpired",
      `the quote is for round ${creationRound}, the current round is ${currentRound}`,
      { creationRound, currentRound },
    );
  }

  async #pay(params: TicketParams, commitment: Commitment, fee: bigint, currentRound: number): Promise<Payment> {
    const { signer, randomness } = this.#modules;
    const ticket: Ticket = {
      recipient: params.recipient,
      sender: this.#options.address,
      faceValue: params.faceValue,
      winProb: winProbFor(fee, params.faceValue),
      salt: BigInt(`0x${Buffer.from(randomness(16)).toString("hex")}`),
      commitment: commitment.commitment,
      commitmentIndex: commitment.index,
      creationRound: params.creationRound,
    };
    await this.#book.admit(ticket, currentRound);
    return { ...(await signTicket(signer, ticket, this.#options.domain)), terms: params.terms };
  }
}

interface SessionPort {
  accept(params: unknown): Promise<TicketParams>;
  checkOpen(params: TicketParams, currentRound: number): void;
  pay(params: TicketParams, commitment: Commitment, fee: bigint, currentRound: number): Promise<Payment>;
}

class Session implements SenderSession {
  #params: TicketParams;
  readonly #port: SessionPort;
  /** Tickets in flight by commitment. */
  readonly #inFlight = new Map<string, number>();
  /** Given back, the earliest first. */
  #refused: Payment[] = [];

  constructor(params: TicketParams, port: SessionPort) {
    this.#params = params;
    this.#port = port;
  }

  get params(): TicketParams {
    return this.#params;
  }

  async createTicket(fee: bigint, currentRound: number): Promise<Payment> {
    if (fee <= 0n) throw new RangeError("a fee must be positive");
    const params = this.#params;
    this.#port.checkOpen(params, currentRound);
    const again = this.#again(params, fee);
    if (again !== null) {
      this.#count(commitmentKey(again.ticket), 1);
      return again;
    }
    const commitment = this.#leastBusy(params);
    const place = commitmentKey({ creationRound: params.creationRound, commitmentIndex: commitment.index });
    this.#count(place, 1);
    try {
      return await this.#port.pay(params, commitment, fee, currentRound);
    } catch (error) {
      this.#count(place, -1);
      throw error;
    }
  }

  settle({ ticket }: Payment): void {
    this.#count(commitmentKey(ticket), -1);
  }

  giveBack(payment: Payment): void {
    this.#refused.push(payment);
  }

  async update(input: unknown): Promise<void> {
    const params = await this.#port.accept(input);
    // Answers can overtake each other; the quote that stands longer was made later.
    if (params.terms.validUntil >= this.#params.terms.validUntil) this.#params = params;
  }

  /** A ticket that was given back and is worth the fee; those are forgotten whose commitment is none of the quote's any more. */
  #again({ creationRound, faceValue, commitments, terms }: TicketParams, fee: bigint): Payment | null {
    this.#refused = this.#refused.filter(
      ({ ticket }) =>
        ticket.creationRound === creationRound && commitments.some(({ index }) => index === ticket.commitmentIndex),
    );
    if (this.#refused.length === 0) return null;
    const winProb = winProbFor(fee, faceValue);
    const at = this.#refused.findIndex(({ ticket }) => ticket.faceValue === faceValue && ticket.winProb === winProb);
    if (at === -1) return null;
    const [{ ticket, signature }] = this.#refused.splice(at, 1) as [Payment];
    // What stands of the quote is not signed with the ticket: the latest has the longest time.
    return { ticket, signature, terms };
  }

  #leastBusy({ creationRound, commitments }: TicketParams): Commitment {
    const busy = ({ index }: Commitment): number =>
      this.#inFlight.get(commitmentKey({ creationRound, commitmentIndex: index })) ?? 0;
    let best: Commitment | undefined;
    for (const commitment of commitments) {
      if (best === undefined || busy(commitment) < busy(best)) best = commitment;
    }
    if (best === undefined) throw new StreamflowError("CommitmentUnknown", "the quote carries no commitment");
    return best;
  }

  #count(place: string, change: number): void {
    const count = (this.#inFlight.get(place) ?? 0) + change;
    if (count > 0) this.#inFlight.set(place, count);
    else this.#inFlight.delete(place);
  }
}
