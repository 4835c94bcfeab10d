import { keccak } from "../pm/keccak.ts";
import { LEAF_BYTES } from "../verification/root.ts";

/** Root of an all-zero subtree by its height. Enough for every tree of LIP-5. */
export const ZERO: readonly Uint8Array[] = zeroSubtrees(21);

function zeroSubtrees(height: number): Uint8Array[] {
  const roots = [keccak(new Uint8Array(LEAF_BYTES))];
  while (roots.length <= height) roots.push(hashPair(roots.at(-1)!, roots.at(-1)!));
  return roots;
}

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return keccak(Buffer.concat([left, right]));
}

/**
 * Bytes with the root and the proofs of LIP-5, zero where nothing was written. Keeps what was written and the hashes above it, so its size is
 * that of the leaves touched. Written to be read: engines that are fast keep memory in another way.
 */
export class Memory {
  readonly #height: number;
  readonly #leaves = new Map<number, Uint8Array>();
  /** Of nodes with a written leaf below: the hash, or null when it has changed. The root is 1, the children of n are 2n and 2n + 1. */
  readonly #nodes = new Map<number, Uint8Array | null>();

  /** @param height {1} levels above the leaves, 0 to 21: LEAF_BYTES × 2^height bytes */
  constructor(height: number) {
    if (ZERO[height] === undefined) throw new RangeError(`no tree has the height ${height}`);
    this.#height = height;
  }

  /** {bytes} */
  get size(): number {
    return LEAF_BYTES * 2 ** this.#height;
  }

  /** Fills from `address` on. The bytes must fit. */
  write(address: number, bytes: Uint8Array): void {
    if (address < 0 || address + bytes.length > this.size) throw new RangeError(`${bytes.length} bytes at ${address}`);
    for (let at = 0; at < bytes.length;) {
      const offset = (address + at) % LEAF_BYTES;
      const part = bytes.subarray(at, at + LEAF_BYTES - offset);
      this.#leafToWrite(address + at).set(part, offset);
      at += part.length;
    }
  }

  /** A copy of `length` bytes. They must be there. */
  read(address: number, length: number): Uint8Array {
    if (address < 0 || address + length > this.size) throw new RangeError(`${length} bytes at ${address}`);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const offset = (address + at) % LEAF_BYTES;
      const part = Math.min(length - at, LEAF_BYTES - offset);
      const leaf = this.#leaves.get(Math.floor((address + at) / LEAF_BYTES));
      if (leaf !== undefined) bytes.set(leaf.subarray(offset, offset + part), at);
      at += part;
    }
    return bytes;
  }

  /** The unsigned little-endian number of 1, 2 or 4 bytes at an aligned address. */
  load(address: number, size: number): number {
    return Buffer.from(this.read(address, size).buffer).readUIntLE(0, size);
  }

  /** Writes the low 1, 2 or 4 bytes of `value` to an aligned address. */
  store(address: number, size: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.write(address, bytes.subarray(0, size));
  }

  /** 32 bytes. */
  root(): Uint8Array {
    return this.#hashOf(1, this.#height);
  }

  /** The leaf that holds `address`, and the siblings on its way to the root, lowest first. */
  prove(address: number): Uint8Array {
    const index = Math.floor(address / LEAF_BYTES);
    const parts = [this.#leaves.get(index) ?? new Uint8Array(LEAF_BYTES)];
    let node = 2 ** this.#height + index;
    for (let height = 0; height < this.#height; height += 1) {
      parts.push(this.#hashOf(node ^ 1, height));
      node >>>= 1;
    }
    return Buffer.concat(parts);
  }

  #leafToWrite(address: number): Uint8Array {
    const index = Math.floor(address / LEAF_BYTES);
    let leaf = this.#leaves.get(index);
    if (leaf === undefined) {
      leaf = new Uint8Array(LEAF_BYTES);
      this.#leaves.set(index, leaf);
    }
    // Above a node that is known to have changed, all have.
    for (let node = 2 ** this.#height + index; node >= 1 && this.#nodes.get(node) !== null; node >>>= 1) {
      this.#nodes.set(node, null);
    }
    return leaf;
  }

  #hashOf(node: number, height: number): Uint8Array {
    const known = this.#nodes.get(node);
    if (known === undefined) return ZERO[height]!;
    if (known !== null) return known;
    const hash =
      height === 0
        ? keccak(this.#leaves.get(node - 2 ** this.#height)!)
        : hashPair(this.#hashOf(2 * node, height - 1), this.#hashOf(2 * node + 1, height - 1));
    this.#nodes.set(node, hash);
    return hash;
  }
}
