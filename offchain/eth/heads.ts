import { z } from "zod";
import { ReadCache } from "./read-cache.ts";

export interface BlockHead {
  readonly number: number;
  readonly hash: string;
  /** {s, Unix} */
  readonly time: number;
}

export interface HeadsOptions {
  /** {ms} How often those who follow the chain ask. */
  readonly pollMs: number;
}

export interface HeadProvider {
  send(method: string, params: unknown[]): Promise<unknown>;
}

/** Whoever asks at each poll, to the millisecond, finds no answer that was read at the poll before. */
const SHARE_OF_POLL = 0.9;

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,13}$/)
  .transform(Number);
const blockSchema = z.object({ number: quantity, hash: z.string().regex(/^0x[0-9a-f]{64}$/), timestamp: quantity });

/**
 * The chain's head: the one place of a node that asks for it. Everything that follows the chain asks here at its own pace, and the chain is asked once for
 * all of them. It is what `eth_call` reads: its time is the contracts' `block.timestamp`.
 */
export class Heads {
  readonly #provider: HeadProvider;
  readonly #cache: ReadCache<BlockHead>;

  /** @param now {ms} a clock that never goes back */
  constructor({ pollMs }: HeadsOptions, provider: HeadProvider, now?: () => number) {
    this.#provider = provider;
    this.#cache = new ReadCache({ lifetimeMs: SHARE_OF_POLL * pollMs }, now);
  }

  /** As somebody has read it less than a poll ago, or as it is. @throws StreamflowError ChainUnreachable */
  recent(): Promise<BlockHead> {
    return this.#cache.get("", this.#read);
  }

  /** As it is: for who has just changed the chain. @throws StreamflowError ChainUnreachable */
  now(): Promise<BlockHead> {
    return this.#cache.get("", this.#read, { fresh: true });
  }

  // Without ethers' blocks: these are made of everything that is in one.
  readonly #read = async (): Promise<BlockHead> => {
    const answer = await this.#provider.send("eth_getBlockByNumber", ["latest", false]);
    const { number, hash, timestamp } = blockSchema.parse(answer);
    return { number, hash, time: timestamp };
  };
}
