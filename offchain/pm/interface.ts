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

/** With `fresh`, read after the call began; the answer then replaces the cached one. */
export interface ReadOptions {
  readonly fresh: boolean;
}

/** What the library reads from the broker. Only what takes `ReadOptions` may answer from a cache, of a second or so. */
export interface BrokerReader {
  currentRound(): Promise<number>;
  /** Rounds after its creation round in which a ticket can be redeemed. */
  ticketValidity(): Promise<number>;
  sender(address: string, options?: ReadOptions): Promise<SenderState>;
  allocation(sender: string, recipient: string, options?: ReadOptions): Promise<AllocationState>;
  signer(sender: string, key: string, creationRound: number, options?: ReadOptions): Promise<SignerState>;
  /** Whether a redemption has closed this index of the creation round. */
  isClosed(recipient: string, creationRound: number, index: bigint): Promise<boolean>;
}

/** `mined`: succeeded. `reverted`: included and failed. `dropped`: neither included nor in the pool any more. */
export type TransactionOutcome = "mined" | "reverted" | "dropped";

/**
 * What the redeemer needs; the adapter owns nonces, fees and confirmations. Calls of `redeem` come one after the other; only one that
 * exceeded the redeemer's time limit may still be running when the next comes.
 */
export interface BrokerPort extends BrokerReader {
  /** Resolves when the transaction has been handed to the network; rejects when it was not sent (a failed simulation included). */
  redeem(winner: Winner): Promise<{ readonly hash: string }>;
  /** Waits for the outcome; rejects with the signal's reason when aborted. */
  wait(hash: string, signal: AbortSignal): Promise<TransactionOutcome>;
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
  /** Open indices of a creation round that were handed to this sender, lowest first. */
  openIndices(sender: string, limit: number, round: number): bigint[];
  /** The first index of a creation round that was never handed out. */
  nextIndex(round: number): bigint;
  /** Gives an index of a creation round to a sender; every lower one that was never handed out is skipped for ever. */
  hand(sender: string, index: bigint, round: number): void;
  /** Skips the first index of a creation round that was never handed out, as it is closed on chain, and the `count - 1` after it. */
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

export type WinnerStatus = "pending" | "redeemed" | "expired";

export interface StoredWinner extends Winner {
  readonly digest: string;
  readonly status: WinnerStatus;
  /** Last transaction sent for it, null when none is known. */
  readonly transaction: string | null;
  readonly attempts: number;
  /** {ms} No attempt before this time. */
  readonly notBefore: number;
  /** Why it expired, or the last failure. */
  readonly reason: string | null;
}

/** The redeemer's queue. Every change is durable when the call returns. */
export interface WinnerStore {
  /** Pending winners whose time has come, oldest creation round first: one that waits does not hide the others. */
  due(now: number, limit: number): StoredWinner[];
  /** {ms} The first time after `now` at which a pending winner becomes due; null when there is none. */
  nextDue(now: number): number | null;
  list(status: WinnerStatus, limit: number): StoredWinner[];
  count(status: WinnerStatus): number;
  markSent(digest: string, transaction: string): void;
  markRedeemed(digest: string): void;
  markExpired(digest: string, reason: string): void;
  /** Counts an attempt; `forget` also forgets its transaction. */
  postpone(digest: string, notBefore: number, reason: string, forget: boolean): void;
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
   * Errors: `TicketInvalid`, `TicketParamsExpired`, `TicketExpired`, `TicketWinProbTooLow`, `CommitmentUnknown`, `CommitmentClosed`,
   * `TicketSignatureInvalid`, `SignerNotAuthorized`, `SignerCapTooLow`, `TicketReplayed`, and those of the risk policy.
   * @param payment parsed JSON as received
   */
  receive(payment: unknown, order: { readonly sender: string; readonly fee: bigint }): Promise<Received>;
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
   * Signs a payment worth at least `fee` {wei, > 0}, on the open commitment with the fewest tickets in flight. Call `settle` when its
   * answer, or its failure, is known.
   * Errors: `TicketParamsExpired`, `FeeAboveFaceValue`, `DepositTooLow`, `SignerNotAuthorized`, `SignerCapTooLow`, `CommitmentUnknown`
   * when the window is empty.
   */
  createTicket(fee: bigint, currentRound: number): Promise<Payment>;
  /** The payment is no longer in flight. */
  settle(payment: Payment): void;
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
  readonly pending: number;
  readonly redeemed: number;
  readonly expired: number;
}

export interface Redeemer {
  /** Redeems in the background until `close`. */
  start(): void;
  /** A winner was stored: look at once instead of at the next poll. */
  notify(): void;
  /** Resolves when no winner is pending; rejects with the signal's reason. Works with and without `start`. */
  drain(signal: AbortSignal): Promise<void>;
  counts(): RedeemerCounts;
  /** Stops; resolves when nothing is running any more. Winners in flight are found again on the next start. */
  close(): Promise<void>;
}
