import { ceilDiv } from "./formulas.ts";
import type { Fees, GasPriceReader, Head } from "./interface.ts";

export interface GasPriceOptions {
  /** Blocks that are remembered, at most 1,024. */
  readonly window: number;
}

/** What gas costs and did cost: the base fees of the last blocks. */
export class GasPrice {
  readonly #options: GasPriceOptions;
  readonly #reader: GasPriceReader;
  /** {wei} Oldest first. */
  #window: bigint[] = [];
  #sorted: bigint[] = [];
  #last: Pick<Head, "number" | "hash"> = { number: -1, hash: "" };
  #priorityFee = 0n;

  constructor(options: GasPriceOptions, reader: GasPriceReader) {
    this.#options = options;
    this.#reader = reader;
  }

  /** Reads what is new up to this block; all of it when the chain did not grow. */
  async refresh(head: Pick<Head, "number" | "hash">): Promise<void> {
    if (head.hash === this.#last.hash) return;
    const { window } = this.#options;
    const last = this.#last;
    const missing = head.number > last.number ? Math.min(window, head.number - last.number) : window;
    const [fresh, priorityFee] = await Promise.all([
      this.#reader.baseFees(head.number, missing),
      this.#reader.priorityFee(),
    ]);
    // Another call was faster.
    if (this.#last !== last) return;
    if (fresh.length === 0) throw new Error(`no base fee of block ${head.number}`);
    this.#window = missing === window ? fresh : [...this.#window, ...fresh].slice(-window);
    this.#sorted = [...this.#window].sort((a, b) => Number(a - b));
    this.#priorityFee = priorityFee;
    this.#last = head;
  }

  /** {wei} What gas costs in a transaction sent now. */
  get now(): bigint {
    return (this.#window.at(-1) ?? 0n) + this.#priorityFee;
  }

  /** {wei} Mean of the window, rounded up. */
  get average(): bigint {
    const count = BigInt(this.#window.length);
    if (count === 0n) return this.#priorityFee;
    const sum = this.#window.reduce((total, fee) => total + fee, 0n);
    return ceilDiv(sum, count) + this.#priorityFee;
  }

  /** {wei} The lowest price that at least `share` (0 to 1) of the window's blocks did not exceed. */
  percentile(share: number): bigint {
    const rank = Math.max(1, Math.ceil(share * this.#sorted.length));
    return (this.#sorted[rank - 1] ?? 0n) + this.#priorityFee;
  }

  /** {wei} What to quote with: winners are redeemed later, so a cheap moment must not set the face value. */
  get quoting(): bigint {
    return [this.now, this.average, this.percentile(0.9)].reduce((most, price) => (price > most ? price : most));
  }

  /** Fees that last while the base fee doubles, which takes six full blocks. */
  get fees(): Fees {
    const base = this.#window.at(-1) ?? 0n;
    return { maxFee: 2n * base + this.#priorityFee, priorityFee: this.#priorityFee };
  }
}
