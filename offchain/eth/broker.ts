import { z } from "zod";
import type {
  AllocationState,
  BrokerPort,
  ReadOptions,
  SenderState,
  SignerState,
  TransactionOutcome,
  Winner,
} from "../pm/interface.ts";
import { compactSignature, packPayer, packTerms } from "../pm/ticket.ts";
import type { Chain } from "./chain.ts";
import { ReadCache } from "./read-cache.ts";
import type { RoundClock } from "./rounds.ts";

/** How long what a sender has put in is taken as read: an unlock takes rounds, a redemption of our own clears all of it. */
const CACHE_MS = 1_000;

/** The TicketBroker as the micropayment library sees it. */
export class BrokerAdapter implements BrokerPort {
  readonly #chain: Chain;
  readonly #clock: RoundClock;
  readonly #senders = new ReadCache<SenderState>(CACHE_MS);
  readonly #allocations = new ReadCache<AllocationState>(CACHE_MS);
  readonly #signers = new ReadCache<SignerState>(CACHE_MS);
  #validity: Promise<number> | undefined;

  constructor(modules: { chain: Chain; clock: RoundClock }) {
    this.#chain = modules.chain;
    this.#clock = modules.clock;
  }

  async currentRound(): Promise<number> {
    return this.#clock.current();
  }

  ticketValidity(): Promise<number> {
    this.#validity ??= this.#chain.broker.parameters().then(({ ticketValidity }) => Number(ticketValidity));
    this.#validity.catch(() => (this.#validity = undefined));
    return this.#validity;
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

  async redeem({ ticket, signature, recipientRand }: Winner): Promise<{ readonly hash: string }> {
    this.#forget();
    const { broker, wallet, provider } = this.#chain;
    const { r, vs } = compactSignature(signature);
    const call = await broker.redeem.populateTransaction(
      packPayer(ticket),
      packTerms(ticket),
      BigInt(recipientRand),
      r,
      vs,
    );
    const signed = await wallet.signTransaction(await wallet.populateTransaction(call));
    // Sent as it is: ethers would recover the sender from the signature first, in JavaScript.
    return { hash: z.string().parse(await provider.send("eth_sendRawTransaction", [signed])) };
  }

  async wait(hash: string, signal: AbortSignal): Promise<TransactionOutcome> {
    const { provider } = this.#chain;
    for (;;) {
      signal.throwIfAborted();
      // Listened for before the receipt is read, so that a block in between is not missed.
      const enough = new AbortController();
      const block = nextBlock(provider, AbortSignal.any([signal, enough.signal]));
      block.catch(() => undefined);
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt !== null) {
        enough.abort();
        this.#forget();
        return receipt.status === 1 ? "mined" : "reverted";
      }
      if ((await provider.getTransaction(hash)) === null) {
        enough.abort();
        return "dropped";
      }
      await block;
    }
  }

  #forget(): void {
    this.#senders.clear();
    this.#allocations.clear();
    this.#signers.clear();
  }

  async #readSender(address: string): Promise<SenderState> {
    const { deposit, escrow, withdrawRound } = await this.#chain.broker.getSender(address);
    return { deposit, escrow, withdrawRound: roundOrNull(withdrawRound) };
  }

  async #readAllocation(sender: string, recipient: string): Promise<AllocationState> {
    const { amount, leaving, releaseRound } = await this.#chain.broker.allocationOf(sender, recipient);
    return { amount, leaving, releaseRound: roundOrNull(releaseRound) };
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

function nextBlock(provider: Chain["provider"], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      void provider.off("block", settle);
      signal.removeEventListener("abort", settle);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    void provider.on("block", settle);
    signal.addEventListener("abort", settle);
  });
}
