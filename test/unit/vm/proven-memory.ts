import { keccak } from "../../../offchain/pm/crypto.ts";
import { LEAF_BYTES } from "../../../offchain/verification/root.ts";
import type { MachineMemory } from "../../../offchain/vm/machine.ts";

const HASH_BYTES = 32;

/** Memory of which a root is known and one leaf with its siblings was shown: what a contract has. */
export class ProvenMemory implements MachineMemory {
  readonly #root: Uint8Array;
  readonly #leaf: Buffer;
  readonly #siblings: Uint8Array[] = [];
  #index: number | null = null;

  /** @param proof may be empty: then nothing can be read or written */
  constructor(root: Uint8Array, proof: Uint8Array) {
    this.#root = root;
    this.#leaf = Buffer.from(proof.subarray(0, LEAF_BYTES));
    for (let at = LEAF_BYTES; at < proof.length; at += HASH_BYTES)
      this.#siblings.push(proof.slice(at, at + HASH_BYTES));
  }

  load(address: number, size: number): number {
    this.#find(address);
    return this.#leaf.readUIntLE(address % LEAF_BYTES, size);
  }

  store(address: number, size: number, value: number): void {
    this.#find(address);
    this.#leaf.writeUIntLE((value >>> 0) % 2 ** (8 * size), address % LEAF_BYTES, size);
  }

  root(): Uint8Array {
    return this.#index === null ? this.#root : this.#fold(this.#index);
  }

  prove(): never {
    throw new Error("only the leaf that was shown is known");
  }

  #find(address: number): void {
    const index = Math.floor(address / LEAF_BYTES);
    if (!Buffer.from(this.#root).equals(this.#fold(index))) throw new Error(`the proof does not lead to ${address}`);
    this.#index = index;
  }

  #fold(index: number): Uint8Array {
    return this.#siblings.reduce((hash: Uint8Array, sibling, height) => {
      const isLeft = (index >>> height) % 2 === 0;
      return keccak(Buffer.concat(isLeft ? [hash, sibling] : [sibling, hash]));
    }, keccak(this.#leaf));
  }
}
