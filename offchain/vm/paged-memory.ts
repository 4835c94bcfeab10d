import { createBlockHasher, HEAP } from "../verification/keccak-module.ts";
import { LEAF_BYTES } from "../verification/root.ts";
import { MEMORY_BYTES, MEMORY_HEIGHT } from "./layout.ts";
import { ZERO } from "./memory.ts";

/** Pages of 4 KiB: what is hashed and kept as a whole. */
export const PAGE_SHIFT = 12;
export const PAGE_BYTES = 2 ** PAGE_SHIFT;
const PAGES = MEMORY_BYTES / PAGE_BYTES;
const LEAVES = PAGE_BYTES / LEAF_BYTES;
/** Levels of the tree inside a page. */
const PAGE_HEIGHT = Math.log2(LEAVES);

/** Of a page: the hashes above it are of older bytes. */
const UNHASHED = 1;
/** Of a page: it was written since the pages were last taken. */
const UNSAVED = 2;
/** Of a page that is written. */
export const CHANGED = UNHASHED | UNSAVED;

const HASH_BYTES = 32;
/** Pages that are hashed at once: 1 MiB. */
const BATCH_PAGES = 256;
const BATCH_PARENTS = (BATCH_PAGES * PAGE_BYTES) / (2 * HASH_BYTES);
const WASM_PAGE_BYTES = 65_536;
/** What precedes the batch and what is written behind it fit into one more page. */
const hasher = createBlockHasher((BATCH_PAGES * PAGE_BYTES) / WASM_PAGE_BYTES + 1);
const scratch = new Uint8Array(hasher.memory.buffer);

/**
 * The memory of LIP-5 in one array, for engines that are fast: they write through the views, and mark in `changed` what they wrote. Hashes
 * are kept from whole pages upwards, 4 MiB, and those below are made again for a proof. Of the array's 2^28 bytes the operating system
 * holds those that were written.
 */
export class PagedMemory {
  readonly words: Int32Array;
  readonly halves: Uint16Array;
  readonly signedHalves: Int16Array;
  readonly bytes: Uint8Array;
  readonly signedBytes: Int8Array;
  /** A number for each page: CHANGED after each write. */
  readonly changed: Uint8Array;
  /** Hashes of the nodes from the pages up: the root is 1, the children of n are 2n and 2n + 1. */
  readonly #nodes = Buffer.alloc(2 * PAGES * HASH_BYTES);

  /**
   * @param buffer    zeros that nobody else writes: the memory's bytes, and somewhere behind them a byte for each page
   * @param changesAt {bytes} where those are
   */
  constructor(buffer = new ArrayBuffer(MEMORY_BYTES + PAGES), changesAt = MEMORY_BYTES) {
    this.words = new Int32Array(buffer, 0, MEMORY_BYTES / 4);
    this.halves = new Uint16Array(buffer, 0, MEMORY_BYTES / 2);
    this.signedHalves = new Int16Array(buffer, 0, MEMORY_BYTES / 2);
    this.bytes = new Uint8Array(buffer, 0, MEMORY_BYTES);
    this.signedBytes = new Int8Array(buffer, 0, MEMORY_BYTES);
    this.changed = new Uint8Array(buffer, changesAt, PAGES);
    for (let first = 1, height = MEMORY_HEIGHT; first <= PAGES; first *= 2, height -= 1) {
      this.#nodes.fill(Buffer.from(ZERO[height]!), first * HASH_BYTES, 2 * first * HASH_BYTES);
    }
  }

  /** Fills from `address` on. The bytes must fit. */
  write(address: number, bytes: Uint8Array): void {
    if (address < 0 || address + bytes.length > MEMORY_BYTES)
      throw new RangeError(`${bytes.length} bytes at ${address}`);
    if (bytes.length === 0) return;
    this.bytes.set(bytes, address);
    this.changed.fill(CHANGED, address >>> PAGE_SHIFT, ((address + bytes.length - 1) >>> PAGE_SHIFT) + 1);
  }

  /** The unsigned little-endian number of 1, 2 or 4 bytes at an aligned address. */
  load(address: number, size: number): number {
    return Buffer.from(this.bytes.subarray(address, address + size)).readUIntLE(0, size);
  }

  /** Writes the low 1, 2 or 4 bytes of `value` to an aligned address. */
  store(address: number, size: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.write(address, bytes.subarray(0, size));
  }

  /** 32 bytes. Takes time by what has changed since the last. */
  root(): Uint8Array {
    this.#rehash();
    return Uint8Array.from(this.#hashOf(1));
  }

  /** The leaf that holds `address`, and the siblings on its way to the root, lowest first. */
  prove(address: number): Uint8Array {
    this.#rehash();
    const page = address >>> PAGE_SHIFT;
    let index = (address % PAGE_BYTES) >>> Math.log2(LEAF_BYTES);
    const start = page * PAGE_BYTES;
    const leaf = start + index * LEAF_BYTES;
    const parts: Uint8Array[] = [this.bytes.slice(leaf, leaf + LEAF_BYTES)];

    scratch.set(this.bytes.subarray(start, start + PAGE_BYTES), HEAP);
    hasher.hash128(HEAP, LEAVES, HEAP);
    for (let nodes = LEAVES; nodes > 1; nodes /= 2) {
      const sibling = HEAP + (index ^ 1) * HASH_BYTES;
      parts.push(scratch.slice(sibling, sibling + HASH_BYTES));
      hasher.hash64(HEAP, nodes / 2, HEAP);
      index >>>= 1;
    }
    for (let node = PAGES + page; node > 1; node >>>= 1) parts.push(this.#hashOf(node ^ 1));
    return Buffer.concat(parts);
  }

  /** Numbers of the pages that were written since this was last called, in order. */
  takeUnsaved(): number[] {
    return this.#take(UNSAVED);
  }

  /** Has the next `takeUnsaved` tell these pages again. */
  markUnsaved(pages: Iterable<number>): void {
    for (const page of pages) this.changed[page]! |= UNSAVED;
  }

  /** A copy. */
  page(page: number): Uint8Array {
    return this.bytes.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  }

  /** Puts back what a page was. It does not count as unsaved, and is hashed again only where it differs. */
  restore(page: number, bytes: Uint8Array): void {
    this.changed[page]! &= ~UNSAVED;
    const now = this.bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    if (Buffer.compare(now, bytes) === 0) return;
    now.set(bytes);
    this.changed[page]! |= UNHASHED;
  }

  #hashOf(node: number): Uint8Array {
    return this.#nodes.subarray(node * HASH_BYTES, (node + 1) * HASH_BYTES);
  }

  #take(flag: number): number[] {
    const pages: number[] = [];
    for (let page = 0; page < PAGES; page += 1) {
      if ((this.changed[page]! & flag) === 0) continue;
      this.changed[page]! &= ~flag;
      pages.push(page);
    }
    return pages;
  }

  #rehash(): void {
    const pages = this.#take(UNHASHED);
    if (pages.length === 0) return;
    for (const batch of batches(pages, BATCH_PAGES)) this.#hashPages(batch);
    let nodes = pages.map((page) => PAGES + page);
    while (nodes[0] !== 1) {
      // They are in order, so the two children of a node follow one another.
      nodes = nodes.map((node) => node >>> 1).filter((node, i, all) => node !== all[i - 1]);
      for (const batch of batches(nodes, BATCH_PARENTS)) this.#hashParents(batch);
    }
  }

  #hashPages(pages: readonly number[]): void {
    pages.forEach((page, i) => {
      scratch.set(this.bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), HEAP + i * PAGE_BYTES);
    });
    hasher.hash128(HEAP, pages.length * LEAVES, HEAP);
    for (let height = 1; height <= PAGE_HEIGHT; height += 1) {
      hasher.hash64(HEAP, (pages.length * LEAVES) >>> height, HEAP);
    }
    pages.forEach((page, i) => this.#keep(PAGES + page, i));
  }

  #hashParents(nodes: readonly number[]): void {
    nodes.forEach((node, i) => {
      const children = 2 * node * HASH_BYTES;
      scratch.set(this.#nodes.subarray(children, children + 2 * HASH_BYTES), HEAP + i * 2 * HASH_BYTES);
    });
    hasher.hash64(HEAP, nodes.length, HEAP);
    nodes.forEach((node, i) => this.#keep(node, i));
  }

  /** Takes the hasher's result number `i` as a node's hash. */
  #keep(node: number, i: number): void {
    const digest = HEAP + i * HASH_BYTES;
    this.#nodes.set(scratch.subarray(digest, digest + HASH_BYTES), node * HASH_BYTES);
  }
}

function* batches(items: readonly number[], size: number): Generator<readonly number[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
