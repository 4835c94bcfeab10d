import { isStreamflowError } from "../errors.ts";
import type { Place, TranscoderPool } from "./interface.ts";

/** Several pools as one: a segment goes to the first that has a place for it. */
export class Pools implements TranscoderPool {
  readonly #pools: readonly [TranscoderPool, ...TranscoderPool[]];

  constructor(first: TranscoderPool, ...others: readonly TranscoderPool[]) {
    this.#pools = [first, ...others];
  }

  capacity(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.capacity(), 0);
  }

  reserve(): Place {
    let refusal: unknown;
    for (const pool of this.#pools) {
      try {
        return pool.reserve();
      } catch (error) {
        if (!isStreamflowError(error, "CapacityExceeded")) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }
}
