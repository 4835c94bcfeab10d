import { randomBytes } from "node:crypto";

/** The largest prime below 2^64. */
const PRIME = 18_446_744_073_709_551_557n;

/** Nobody outside knows it, so nobody can choose salts that fall into one place. */
const MIXER = randomBytes(8).readBigUInt64LE() | 1n;

const SMALLEST = 16;

/**
 * What is remembered of a salt: 64 bits, never 0. Two salts of one index share a mark with a chance of 2^-64, and then the second ticket
 * is refused as a replay; a replay is always found. A sender that looks for such salts harms itself.
 */
export function markOf(salt: bigint): bigint {
  return (salt % PRIME) + 1n;
}

/** Marks, in 16 to 32 bytes each: an open-addressed table that is at most half full. */
export class SaltSet {
  /** 0 = free. */
  #places = new BigUint64Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** {byte} */
  get bytes(): number {
    return this.#places.byteLength;
  }

  has(mark: bigint): boolean {
    return this.#places[this.#find(mark)] === mark;
  }

  add(mark: bigint): void {
    const place = this.#find(mark);
    if (this.#places[place] === mark) return;
    this.#places[place] = mark;
    this.#size += 1;
    if (this.#size * 2 > this.#places.length) this.#grow();
  }

  /** Where the mark is, or the free place where it would be. */
  #find(mark: bigint): number {
    const last = this.#places.length - 1;
    let place = Number(BigInt.asUintN(64, mark * MIXER) >> 32n) & last;
    for (;;) {
      const found = this.#places[place];
      if (found === mark || found === 0n) return place;
      place = (place + 1) & last;
    }
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new BigUint64Array(before.length * 2);
    for (const mark of before) if (mark !== 0n) this.#places[this.#find(mark)] = mark;
  }
}
