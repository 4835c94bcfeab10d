/**
 * The micropayment library's border: what a ticket, a quote and a payment are, what a sender, a recipient and a redeemer do, and the
 * ports through which they see chain, store, clock and randomness. Nothing here knows HTTP or ethers' providers.
 *
 * Units: amounts are wei; credit and expected value are *wei·1e18* (face value × win probability, exact); a probability is a ratio on the
 * 1e18 scale; rounds are protocol rounds; times are milliseconds since the epoch. Addresses are checksummed, hashes lower-case hex.
 */

/** Where tickets are valid: one chain, one broker. */
export interface TicketDomain {
  readonly chainId: bigint;
  /** Address of the TicketBroker's proxy. */
  readonly broker: string;
}

/** The signed data of a lottery ticket, field by field the broker's EIP-712 struct. */
export interface Ticket {
  readonly recipient: string;
  readonly sender: string;
  /** {wei} uint96 */
  readonly faceValue: bigint;
  /** {1e18} uint64, at most 1e18 */
  readonly winProb: bigint;
  /** uint128, unpredictable */
  readonly salt: bigint;
  /** bytes32, `keccak256(abi.encode(recipientRand))` */
  readonly commitment: string;
  /** uint32, dense: the recipient numbers from 0 in every creation round */
  readonly commitmentIndex: bigint;
  /** uint32 */
  readonly creationRound: number;
}

export interface SignedTicket {
  readonly ticket: Ticket;
  /** 65 bytes r‖s‖v, low s. */
  readonly signature: string;
}

/** `numerator / denominator` wei per million output pixels (width × height × frames, summed over renditions). */
export interface Price {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A recipient's promise for one creation round: the first ticket that wins against it closes the index. */
export interface Commitment {
  readonly index: bigint;
  readonly commitment: string;
}

/** The part of a quote that a payment repeats, so that the recipient stores nothing per quote: `mac` is the recipient's own. */
export interface QuoteTerms {
  readonly price: Price;
  /** {ms} Last moment at which the recipient takes payments on these terms. */
  readonly validUntil: number;
  /** 32 bytes; binds recipient, sender, face value, creation round, price and time limit. */
  readonly mac: string;
}

/** A recipient's quote to one sender; renewed with every answer. */
export interface TicketParams {
  readonly recipient: string;
  readonly sender: string;
  /** {wei} */
  readonly faceValue: bigint;
  /** The creation round of its tickets, in which the commitments are numbered. */
  readonly creationRound: number;
  readonly commitments: readonly Commitment[];
  readonly terms: QuoteTerms;
}

/** What travels with a segment. */
export interface Payment extends SignedTicket {
  readonly terms: QuoteTerms;
}

/** A ticket that won, with all that its redemption needs. */
export interface Winner extends SignedTicket {
  /** bytes32, the preimage of the commitment. */
  readonly recipientRand: string;
}

// Ports ------------------------------------------------------------------------------------------------------------------------------

export interface Clock {
  /** {ms} since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Cryptographic randomness: `length` fresh bytes. */
export type Randomness = (length: number) => Uint8Array;

/** Signs 32-byte digests with one key; the answer is 65 bytes r‖s‖v with low s. */
export interface DigestSigner {
  readonly address: string;
  signDigest(digest: string): string | Promise<string>;
}

/** A broadcaster's state in the broker. */
export interface SenderState {
  /** {wei} */
  readonly deposit: bigint;
  /** {wei} Pays no ticket; forfeited when a winner stays unpaid. */
  readonly escrow: bigint;
  /** Round from which both can be withdrawn; null while no unlock is running. */
  readonly withdrawRound: number | null;
}

/** What a broadcaster has set aside for one recipient, whose tickets alone can take it. */
export interface AllocationState {
  /** {wei} */
  readonly amount: bigint;
  /** {wei} The part of it that may leave from `releaseRound` on. */
  readonly leaving: bigint;
  /** null while nothing leaves. */
  readonly releaseRound: number | null;
}

/** What a hot key may sign for a broadcaster's tickets of one creation round. */
export interface SignerState {
  /** Last creation round of its tickets; 0 for a key that was never authorized. */
  readonly lastRound: number;
  /** {wei} Most that winners of the creation round take; 0 where the key may not sign for it. */
  readonly cap: bigint;
  /** {wei} What they have taken. */
  readonly spent: bigint;
}

/** How old an answer may be. A newer one replaces it. */
export interface ReadOptions {
  /** Read after the call began. */
  readonly fresh?: boolean;
  /** {ms} Since it was read. */
  readonly maxAgeMs?: number;
}

/** What the library reads from the broker. Only what takes `ReadOptions` may answer from a cache, of a dozen seconds at most, and the validity of a round that has begun. */
export interface BrokerReader {
  currentRound(): Promise<number>;
  /** Rounds after its creation round in which a ticket of that round can be redeemed: fixed when the round begins. */
  ticketValidity(creationRound: number): Promise<number>;
  sender(address: string, options?: ReadOptions): Promise<SenderState>;
  allocation(sender: string, recipient: string, options?: ReadOptions): Promise<AllocationState>;
  signer(sender: string, key: string, creationRound: number, options?: ReadOptions): Promise<SignerState>;
  /** Whether a redemption has closed this index of the creation round. */
  isClosed(recipient: string, creationRound: number, index: bigint): Promise<boolean>;
}

/** The newest block. */
export interface Head {
  readonly number: number;
  readonly hash: string;
  /** {ms} The chain's time, which decides the round. */
  readonly time: number;
}

/** What gas costs. */
export interface GasPriceReader {
  /** {wei} Base fees of the `count` blocks up to number `last`, oldest first; fewer when the chain is younger. */
  baseFees(last: number, count: number): Promise<bigint[]>;
  /** {wei} What block producers ask for beyond the base fee. */
  priorityFee(): Promise<bigint>;
}

/** What a transaction of the redeemer does. `claim` presents a default, `settle` has one paid; both are about one winner. */
export type RedemptionKind = "redeem" | "claim" | "settle";

export interface RedemptionCall {
  readonly kind: RedemptionKind;
  /** Those of one sender and face value stand together. */
  readonly winners: readonly Winner[];
}

/** {wei} per gas. */
export interface Fees {
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
}

export interface Envelope {
  readonly nonce: number;
  readonly gas: bigint;
  readonly fees: Fees;
}

export interface SignedTransaction {
  readonly hash: string;
  /** What is broadcast, hex. */
  readonly raw: string;
}

/** A transaction in a block of the chain. */
export interface Inclusion {
  readonly block: number;
  readonly blockHash: string;
  /** `commitmentKey` of each winner for which it did what it was sent for; none when it reverted. */
  readonly done: readonly string[];
}

/** The account from which the recipient redeems. */
export interface AccountPort {
  head(): Promise<Head>;
  /** `latest`: how many transactions of the account are in the chain; `pending`: and in the pool behind these, without a gap. */
  nonces(): Promise<{ readonly latest: number; readonly pending: number }>;
  /** {gas} What the call would use now; null when it would revert. */
  estimateGas(call: RedemptionCall): Promise<bigint | null>;
  /** null: an empty transfer to itself, which only uses up the nonce. Sends nothing. */
  sign(call: RedemptionCall | null, envelope: Envelope): Promise<SignedTransaction>;
  /** null when the network has it, or had it before; else why it was refused. Rejects when nobody knows. */
  broadcast(raw: string): Promise<string | null>;
  /** null while it is in no block of the present chain. */
  inclusion(hash: string): Promise<Inclusion | null>;
}

/** What can pay a sender's winners. */
export interface SenderFunds {
  /** {wei} */
  readonly deposit: bigint;
  /** {wei} Set aside for this recipient. */
  readonly allocation: bigint;
  /** {wei} Penalty escrow. */
  readonly escrow: bigint;
  /** Round from which the deposit can be withdrawn; null while no unlock is running. */
  readonly withdrawRound: number | null;
}

/** Why the broker would not pay a winner now. `unfunded`: its sender cannot pay. */
export interface Refusal {
  readonly kind: "closed" | "expired" | "unfunded" | "other";
  readonly detail: string;
}

/** `paid`: it pays no more. `owed`: it was presented as a default that is not settled. */
export type CommitmentState = "open" | "paid" | "owed";

/** The broker as the redeemer sees it. Nothing is answered from a cache that is older than the newest block. */
export interface BrokerPort {
  /** {ms} The chain's time at which a round begins. */
  roundStart(round: number): Promise<number>;
  /** The last round in which tickets of `creationRound` can be redeemed. */
  lastRound(creationRound: number): Promise<number>;
  /** Rounds that a sender has for a default. */
  curingPeriod(): Promise<number>;
  funds(sender: string): Promise<SenderFunds>;
  state(ticket: Ticket): Promise<CommitmentState>;
  /** How many of these one transaction would pay now. */
  payable(winners: readonly Winner[]): Promise<number>;
  /** Why one would not be paid now; null when it would. */
  refusal(winner: Winner): Promise<Refusal | null>;
}

/** Verdict of the store on a ticket that passed every other check. */
export type Acceptance = "accepted" | "replayed" | "closed" | "unknown";

export interface AcceptedTicket {
  readonly payment: SignedTicket;
  /** The hot key that signed it; null for the sender's own. */
  readonly signer: string | null;
  /** {wei·1e18} */
  readonly credit: bigint;
  /** The preimage when the ticket won, else null. */
  readonly recipientRand: string | null;
  /** The index is retired after this many tickets, which bounds the memory of salts. */
  readonly ticketsPerIndex: number;
}

/** The recipient's memory. All calls are synchronous: nothing happens between a check and its effect. */
export interface RecipientStore {
  /** The node's 32-byte secret, made by `create` on first use and durable before it is returned. */
  secret(create: () => Uint8Array): Uint8Array;
  /** Open indices of a creation round that were handed to this sender, lowest first; of a front end that is named those that are its own. */
  openIndices(sender: string, limit: number, round: number, frontEnd?: { index: number; count: number }): bigint[];
  /** The first index of a creation round that was never handed out. */
  nextIndex(round: number): bigint;
  /** Gives an index of a creation round to a sender; every lower one that was never handed out is skipped for ever. */
  hand(sender: string, index: bigint, round: number): void;
  /** Skips an index of a creation round that was never handed out, as it is closed on chain, the `count - 1` after it, and every lower one that was not either. */
  skip(index: bigint, count: bigint, round: number): void;
  /**
   * Checks that the index is open, handed to the sender and the salt new; remembers the salt, adds the credit and, when the ticket won,
   * stores the winner and closes the index, all or nothing. A winner is on disk (fsync) when this returns, the rest when `settled` resolves.
   */
  accept(accepted: AcceptedTicket): Acceptance;
  /** Resolves when what was accepted and charged up to now survives the process. */
  settled(): Promise<void>;
  /** {wei·1e18} */
  credit(sender: string): bigint;
  /** Takes an amount {wei·1e18} from the credit; false, and nothing taken, when there is less. */
  charge(sender: string, amount: bigint): boolean;
  /** {wei} Sum of the face values of this sender's winners that are neither redeemed nor expired. */
  unredeemed(sender: string): bigint;
  /** {wei} The part of them of one creation round that one hot key signed. */
  unredeemedOf(sender: string, key: string, round: number): bigint;
  /** Whether a winner of this sender expired unpaid. */
  hasDefaulted(sender: string): boolean;
  /** Forgets indices and salts of the creation rounds before `round`: their tickets are not taken any more. */
  forget(round: number): void;
}

/**
 * `pending`: to be redeemed. `included`: paid in a block that a reorganisation may still remove. `claimed`: presented as a default, to be
 * settled. `redeemed` and `expired` are final.
 */
export type WinnerStatus = "pending" | "included" | "claimed" | "redeemed" | "expired";

export interface StoredWinner extends Winner {
  readonly digest: string;
  readonly status: WinnerStatus;
  /** The transaction that it is in or last was in, null when there was none. */
  readonly transaction: string | null;
  readonly attempts: number;
  /** {ms} No attempt before this time. */
  readonly notBefore: number;
  /** Why it expired, or the last failure. */
  readonly reason: string | null;
}

/** A transaction whose fate is not final. */
export interface StoredTransaction {
  readonly nonce: number;
  readonly kind: RedemptionKind;
  readonly gas: bigint;
  /** Fees of the last version. */
  readonly fees: Fees;
  /** The first one and its replacements: any of them may be included. */
  readonly versions: readonly SignedTransaction[];
  /** Number of the block after which the last version was sent. */
  readonly sentAt: number;
  /** Where it is included, null while it is not. */
  readonly blockHash: string | null;
}

/** The redeemer's queue and its transactions. Every change is on disk (fsync) when the call returns. */
export interface WinnerStore {
  /** Pending and claimed winners that are in no transaction and whose time has come, oldest creation round first. */
  waiting(now: number): StoredWinner[];
  /** {ms} The first time after `now` at which one more is waiting; null when there is none. */
  nextDue(now: number): number | null;
  list(status: WinnerStatus, limit: number): StoredWinner[];
  count(status: WinnerStatus): number;
  /** A winner that is in no transaction is redeemed, claimed or expired for good. */
  mark(digest: string, status: "redeemed" | "claimed" | "expired", reason: string): void;
  /** Counts an attempt. */
  postpone(digest: string, notBefore: number, reason: string): void;

  /** By nonce. */
  transactions(): StoredTransaction[];
  /** The winners of a transaction. */
  carried(nonce: number): StoredWinner[];
  /** {wei} Face values by sender of the winners in transactions that redeem or settle and are not included. */
  underway(): ReadonlyMap<string, bigint>;
  /** A signed transaction that is about to be sent, and its winners, which must be in no other. */
  record(transaction: Omit<StoredTransaction, "blockHash">, digests: readonly string[]): void;
  /** Another version, which is about to be sent. */
  replace(nonce: number, version: SignedTransaction, fees: Fees, sentAt: number): void;
  /** It is in a block. */
  include(nonce: number, hash: string, inclusion: Inclusion): void;
  /** It is in no block any more, and was sent again after block `sentAt`. */
  exclude(nonce: number, sentAt: number): void;
  /** It is in a block for good, or (null) never will be: `done` winners are redeemed or claimed, the others free again. All are returned. */
  finish(nonce: number, inclusion: Inclusion | null): StoredWinner[];
}

/** What a sender may owe against one commitment: it wins at most once. */
export interface Exposure {
  readonly recipient: string;
  readonly creationRound: number;
  readonly index: bigint;
  /** {wei} The highest face value signed against it. */
  readonly faceValue: bigint;
  /** {1e18} Sum of its tickets' win rates (`winRate` of formulas.ts): the chance that it has won is not above it. */
  readonly winRate: bigint;
}

export interface SentTotals {
  readonly count: bigint;
  /** {wei} */
  readonly faceValue: bigint;
  /** {wei·1e18} */
  readonly expectedValue: bigint;
}

/** The sender's memory, synchronous. It survives the process, so a restart does not forget what is owed. */
export interface SenderLedger {
  exposures(): Exposure[];
  /** One transaction: adds the ticket to the totals and sets the exposure of its commitment, the ticket included. */
  recordSent(ticket: Ticket, exposure: Exposure): void;
  /** Drops an exposure that was paid or can no longer be. */
  release(recipient: string, creationRound: number, index: bigint): void;
  /** Totals for one recipient, or for all. */
  sent(recipient?: string): SentTotals;
}

// Roles ------------------------------------------------------------------------------------------------------------------------------

/** What the node decides before it quotes. */
export interface PriceInfo {
  readonly price: Price;
  /** {wei} From `faceValueFor`; no single payment can be worth more. */
  readonly faceValue: bigint;
}

export interface Received {
  readonly won: boolean;
  /** {wei·1e18} */
  readonly credit: bigint;
  /** {wei·1e18} after this payment. */
  readonly balance: bigint;
  readonly ticket: Ticket;
}

/** Where a recipient stands with one sender, now. */
export interface Float {
  /** {wei} Winners that are neither redeemed nor expired: `secured + unsecured`. */
  readonly unredeemed: bigint;
  /** {wei} The part that this recipient's allocation is certain to pay. */
  readonly secured: bigint;
  /** {wei} The rest: at this recipient's risk, because the sender's other winners are paid from the same deposit. */
  readonly unsecured: bigint;
}

/** The orchestrator's side. */
export interface Recipient {
  /**
   * A quote for one sender in the present round. Errors: those of the risk policy for one such ticket.
   * Also the renewal that goes with every answer.
   */
  quote(sender: string, info: PriceInfo): Promise<TicketParams>;
  /**
   * The price that a payment's terms promise, after checking that this node promised it to this sender and that it still stands. The fee
   * of a segment is computed from this, never from a figure of the payer.
   * Errors: `TicketInvalid`, `TicketParamsExpired`.
   */
  quotedPrice(payment: unknown): Price;
  /**
   * Takes a payment for work of `fee` {wei}. Resolves only when a winner is on disk; adds the ticket's expected value to the sender's credit.
   * Errors: `TicketInvalid`, `OtherFrontEnd`, `TicketParamsExpired`, `TicketExpired`, `TicketWinProbTooLow`, `CommitmentUnknown`, `CommitmentClosed`,
   * `TicketSignatureInvalid`, `SignerNotAuthorized`, `SignerCapTooLow`, `TicketReplayed`, and those of the risk policy.
   * @param payment parsed JSON as received
   * @param order.check called last, when the chain has answered: what it throws is thrown, and the ticket is not taken
   */
  receive(
    payment: unknown,
    order: { readonly sender: string; readonly fee: bigint; readonly check?: () => void },
  ): Promise<Received>;
  /** Whether `key` may sign for the sender: its own, or one that it has authorized on the broker for a round whose tickets are taken now. */
  maySign(sender: string, key: string): Promise<boolean>;
  /** {wei·1e18} */
  balance(sender: string): bigint;
  /** Takes `fee` {wei} from the sender's credit before the work is done. Errors: `InsufficientCredit`. */
  charge(sender: string, fee: bigint): void;
  exposure(sender: string): Promise<Float>;
}

/** The broadcaster's side of one quote; made by `TicketSender.startSession`. */
export interface SenderSession {
  readonly params: TicketParams;
  /**
   * A payment worth at least `fee` {wei, > 0}: one that was given back and has that worth, or one that is signed now, on the open commitment with the fewest
   * tickets in flight. Call `settle` when its answer, or its failure, is known.
   * Errors: `TicketParamsExpired`, `FeeAboveFaceValue`, `DepositTooLow`, `SignerNotAuthorized`, `SignerCapTooLow`, `CommitmentUnknown`
   * when the window is empty.
   */
  createTicket(fee: bigint, currentRound: number): Promise<Payment>;
  /** The payment is no longer in flight. */
  settle(payment: Payment): void;
  /**
   * The recipient says that it has not taken the payment: the next fee of this worth is paid with the same ticket, so that who refuses can neither keep one
   * after the other nor have lots drawn until it likes one.
   */
  giveBack(payment: Payment): void;
  /** Takes the renewed quote of an answer, parsed JSON as received; the same policy applies as at the start. */
  update(params: unknown): Promise<void>;
}

/** The broadcaster's side. */
export interface Sender {
  /**
   * Checks a quote (parsed JSON as received, for `recipient`) against the sender's policy.
   * Errors: `TicketInvalid`, `TicketParamsExpired`, `TicketExpired`, `PriceTooHigh`, `FaceValueTooHigh`, `DepositTooLow`,
   * `SignerNotAuthorized`, `SignerCapTooLow`.
   */
  startSession(params: unknown, recipient: string): Promise<SenderSession>;
  /** {wei} What the tickets in use may cost, by the policy: with `certain`, if every commitment in use had won. */
  exposure(): bigint;
  /** {wei} The deposit that pays what is in use, and `tickets` more like this one in the same time. */
  depositFor(ticket: { readonly faceValue: bigint; readonly winProb: bigint }, tickets: bigint): bigint;
  sent(recipient?: string): SentTotals;
}

export interface RedeemerCounts {
  /** Not yet redeemed for good. */
  readonly pending: number;
  /** Presented as defaults and not settled. */
  readonly claimed: number;
  readonly redeemed: number;
  readonly expired: number;
}

export interface Redeemer {
  /** Redeems in the background until `close`. */
  start(): void;
  /** A winner was stored: look at once instead of at the next poll. */
  notify(): void;
  /** Resolves when no winner is pending or included; rejects with the signal's reason. Works with and without `start`. */
  drain(signal: AbortSignal): Promise<void>;
  /**
   * As by hand: looks at once, also at winners whose last failure is not long ago. Resolves when no transaction is under way and none is to be sent,
   * whatever winners are left; rejects with the signal's reason.
   */
  redeemNow(signal: AbortSignal): Promise<void>;
  counts(): RedeemerCounts;
  /** Stops; resolves when nothing is running any more. Winners in flight are found again on the next start. */
  close(): Promise<void>;
}
