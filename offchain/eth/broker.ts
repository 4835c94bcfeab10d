import { z } from "zod";
import type { BrokerPort, BrokerReader, SenderState, TransactionOutcome, Winner } from "../pm/interface.ts";
import type { Chain } from "./chain.ts";
import type { RoundClock } from "./rounds.ts";

/** How long a sender's deposit is taken as read: an unlock takes rounds, a redemption of our own clears the entry. */
const SENDER_CACHE_MS = 1_000;

/** The TicketBroker as the micropayment library sees it. */
export class BrokerAdapter implements BrokerPort, BrokerReader {
  readonly #chain: Chain;
  readonly #clock: RoundClock;
  readonly #senders = new Map<string, { readonly state: Promise<SenderState>; readonly readAt: number }>();
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

  sender(address: string, options?: { readonly fresh: boolean }): Promise<SenderState> {
    const now = performance.now();
    const cached = this.#senders.get(address);
    if (cached !== undefined && options?.fresh !== true && now - cached.readAt < SENDER_CACHE_MS) return cached.state;

    for (const [key, { readAt }] of this.#senders) if (now - readAt >= SENDER_CACHE_MS) this.#senders.delete(key);
    const state = this.#readSender(address);
    this.#senders.set(address, { state, readAt: now });
    state.catch(() => {
      if (this.#senders.get(address)?.state === state) this.#senders.delete(address);
    });
    return state;
  }

  isClosed(recipient: string, index: bigint): Promise<boolean> {
    return this.#chain.broker.isClosed(recipient, index);
  }

  async redeem({ ticket, signature, recipientRand }: Winner): Promise<{ readonly hash: string }> {
    this.#senders.delete(ticket.sender);
    const { broker, wallet, provider } = this.#chain;
    const call = await broker.redeem.populateTransaction(ticket, signature, BigInt(recipientRand));
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
        this.#senders.clear();
        return receipt.status === 1 ? "mined" : "reverted";
      }
      if ((await provider.getTransaction(hash)) === null) {
        enough.abort();
        return "dropped";
      }
      await block;
    }
  }

  async #readSender(address: string): Promise<SenderState> {
    const { deposit, withdrawRound } = await this.#chain.broker.getSender(address);
    return { deposit, withdrawRound: withdrawRound === 0n ? null : Number(withdrawRound) };
  }
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
