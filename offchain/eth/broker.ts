import { StreamflowError } from "../errors.ts";
import type { AllocationState, BrokerReader, ReadOptions, SenderState, SignerState } from "../pm/interface.ts";
import { within } from "../pm/time-limit.ts";
import type { Chain } from "./chain.ts";
import { ReadCache } from "./read-cache.ts";
import type { RoundClock } from "./rounds.ts";
import { WordCall } from "./word-call.ts";

/**
 * {ms} How long what a sender has put in is taken as read: an unlock takes rounds, a redemption of our own clears all of it. It is as long as a block of
 * Ethereum: read every second, it took as much CPU time as the ticket itself.
 */
const CACHE_MS = 12_000;

/** {ms} The same for keys: one that has just been authorised is waited for. */
const SIGNER_CACHE_MS = 1_000;

/** A round's validity is fixed when it begins; it is read again at times all the same, as a reorganisation may remove what fixed it. */
const VALIDITY_CACHE_MS = 60_000;

/** How long it is waited for whether a commitment is closed, and how long nobody asks after that was in vain [ms]. */
const CLOSED_MS = 2_000;
const AWAY_MS = 5_000;

/** The TicketBroker as the micropayment library sees it. */
export class BrokerAdapter implements BrokerReader {
  readonly #chain: Chain;
  readonly #clock: RoundClock;
  /** The fields of the contract's structs, in their order. */
  readonly #getSender: WordCall;
  readonly #allocationOf: WordCall;
  readonly #senders: ReadCache<SenderState>;
  readonly #allocations: ReadCache<AllocationState>;
  readonly #signers: ReadCache<SignerState>;
  readonly #validities: ReadCache<number>;
  /** {ms, of the process} Until then the chain is not waited for. */
  #awayUntil = 0;

  /** @param graceMs {ms} for which what was read last stands while the chain does not answer */
  constructor(modules: { chain: Chain; clock: RoundClock; graceMs?: number }) {
    const { chain, clock, graceMs = 0 } = modules;
    this.#chain = chain;
    this.#clock = clock;
    this.#getSender = new WordCall(chain.broker, "getSender", 3);
    this.#allocationOf = new WordCall(chain.broker, "allocationOf", 3);
    this.#senders = new ReadCache({ lifetimeMs: CACHE_MS, graceMs });
    this.#allocations = new ReadCache({ lifetimeMs: CACHE_MS, graceMs });
    this.#signers = new ReadCache({ lifetimeMs: SIGNER_CACHE_MS, graceMs });
    this.#validities = new ReadCache({ lifetimeMs: VALIDITY_CACHE_MS, graceMs: VALIDITY_CACHE_MS + graceMs });
  }

  async currentRound(): Promise<number> {
    return this.#clock.current();
  }

  ticketValidity(creationRound: number): Promise<number> {
    const read = async () => Number(await this.#chain.broker.lastRedemptionRound(creationRound)) - creationRound;
    // Governance can still change that of a round to come.
    if (creationRound > this.#clock.current()) return read();
    return this.#validities.get(creationRound.toString(), read);
  }

  sender(address: string, options?: ReadOptions): Promise<SenderState> {
    return this.#senders.get(address, () => this.#readSender(address), options);
  }

  allocation(sender: string, recipient: string, options?: ReadOptions): Promise<AllocationState> {
    const read = () => this.#readAllocation(sender, recipient);
    return this.#allocations.get(`${sender}/${recipient}`, read, options);
  }

  signer(sender: string, key: string, creationRound: number, options?: ReadOptions): Promise<SignerState> {
    const read = () => this.#readSigner(sender, key, creationRound);
    return this.#signers.get(`${sender}/${key}/${creationRound}`, read, options);
  }

  async isClosed(recipient: string, creationRound: number, index: bigint): Promise<boolean> {
    const away = (cause?: unknown) =>
      new StreamflowError("ChainUnreachable", "the chain does not say whether a commitment is closed", {}, { cause });
    if (performance.now() < this.#awayUntil) throw away();
    try {
      return await within(this.#chain.broker.isClosed(recipient, creationRound, index), CLOSED_MS);
    } catch (cause) {
      this.#awayUntil = performance.now() + AWAY_MS;
      throw away(cause);
    }
  }

  /** A redemption of our own changed what senders have. */
  forget(): void {
    this.#senders.clear();
    this.#allocations.clear();
    this.#signers.clear();
  }

  async #readSender(address: string): Promise<SenderState> {
    const [deposit, escrow, withdrawRound] = await this.#getSender.read(address);
    return { deposit: deposit!, escrow: escrow!, withdrawRound: roundOrNull(withdrawRound!) };
  }

  async #readAllocation(sender: string, recipient: string): Promise<AllocationState> {
    const [amount, leaving, releaseRound] = await this.#allocationOf.read(sender, recipient);
    return { amount: amount!, leaving: leaving!, releaseRound: roundOrNull(releaseRound!) };
  }

  async #readSigner(sender: string, key: string, creationRound: number): Promise<SignerState> {
    const { broker } = this.#chain;
    const [{ lastRound }, cap, spent] = await Promise.all([
      broker.signerOf(sender, key),
      broker.capOf(sender, key, creationRound),
      broker.spentBy(sender, key, creationRound),
    ]);
    return { lastRound: Number(lastRound), cap, spent };
  }
}

/** The contract's 0 means that there is none. */
function roundOrNull(round: bigint): number | null {
  return round === 0n ? null : Number(round);
}
