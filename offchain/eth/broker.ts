import type { AllocationState, BrokerReader, ReadOptions, SenderState, SignerState } from "../pm/interface.ts";
import type { Chain } from "./chain.ts";
import { ReadCache } from "./read-cache.ts";
import type { RoundClock } from "./rounds.ts";
import { WordCall } from "./word-call.ts";

/** How long what a sender has put in is taken as read: an unlock takes rounds, a redemption of our own clears all of it. */
const CACHE_MS = 1_000;

/** A round's validity is fixed when it begins; it is read again at times all the same, as a reorganisation may remove what fixed it. */
const VALIDITY_CACHE_MS = 60_000;

/** The TicketBroker as the micropayment library sees it. */
export class BrokerAdapter implements BrokerReader {
  readonly #chain: Chain;
  readonly #clock: RoundClock;
  /** The fields of the contract's structs, in their order. */
  readonly #getSender: WordCall;
  readonly #allocationOf: WordCall;
  readonly #senders = new ReadCache<SenderState>(CACHE_MS);
  readonly #allocations = new ReadCache<AllocationState>(CACHE_MS);
  readonly #signers = new ReadCache<SignerState>(CACHE_MS);
  readonly #validities = new ReadCache<number>(VALIDITY_CACHE_MS);

  constructor(modules: { chain: Chain; clock: RoundClock }) {
    this.#chain = modules.chain;
    this.#clock = modules.clock;
    this.#getSender = new WordCall(modules.chain.broker, "getSender", 3);
    this.#allocationOf = new WordCall(modules.chain.broker, "allocationOf", 3);
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
    return this.#senders.get(address, () => this.#readSender(address), options?.fresh);
  }

  allocation(sender: string, recipient: string, options?: ReadOptions): Promise<AllocationState> {
    const read = () => this.#readAllocation(sender, recipient);
    return this.#allocations.get(`${sender}/${recipient}`, read, options?.fresh);
  }

  signer(sender: string, key: string, creationRound: number, options?: ReadOptions): Promise<SignerState> {
    const read = () => this.#readSigner(sender, key, creationRound);
    return this.#signers.get(`${sender}/${key}/${creationRound}`, read, options?.fresh);
  }

  isClosed(recipient: string, creationRound: number, index: bigint): Promise<boolean> {
    return this.#chain.broker.isClosed(recipient, creationRound, index);
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
