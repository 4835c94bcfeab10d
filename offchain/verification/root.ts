import { StreamflowError } from "../errors.ts";
import { createBlockHasher, HEAP } from "./keccak-module.ts";

/** Bytes of a leaf: one keccak block holds it. */
export const LEAF_BYTES = 128;
/** Levels above the leaves. */
export const DEPTH = 19;
/** Bytes of the region that a root covers: 2^26. */
export const REGION_BYTES = LEAF_BYTES * 2 ** DEPTH;

const HASH_BYTES = 32;
const PAGE_BYTES = 65_536;
/** Room for what the hasher writes beyond its last digest, and for the zero subtree that fills an odd level. */
const SLACK_BYTES = 2 * HASH_BYTES;

const hasher = createBlockHasher(16);
let memory = new Uint8Array(hasher.memory.buffer);

/** ZERO[i] is the root of an all-zero subtree of height i. */
const ZERO: readonly Uint8Array[] = zeroSubtrees();

function zeroSubtrees(): Uint8Array[] {
  memory.fill(0, HEAP, HEAP + LEAF_BYTES);
  hasher.hash128(HEAP, 1, HEAP);
  const roots = [memory.slice(HEAP, HEAP + HASH_BYTES)];
  for (let height = 1; height <= DEPTH; height += 1) {
    memory.copyWithin(HEAP + HASH_BYTES, HEAP, HEAP + HASH_BYTES);
    hasher.hash64(HEAP, 1, HEAP);
    roots.push(memory.slice(HEAP, HEAP + HASH_BYTES));
  }
  return roots;
}

function reserve(bytes: number): void {
  const missing = HEAP + bytes + SLACK_BYTES - memory.length;
  if (missing <= 0) return;
  hasher.memory.grow(Math.ceil(missing / PAGE_BYTES));
  memory = new Uint8Array(hasher.memory.buffer);
}

/**
 * keccak256 Merkle root, as hex, of `bytes` padded with zeros to the region of 2^26 bytes: leaves of 128 bytes, node = keccak256(left ‖
 * right). Trailing zeros do not change it, so a root means something only together with its length.
 * Errors: `SourceTooLarge` above 2^26 bytes.
 */
export function segmentRoot(bytes: Uint8Array): string {
  if (bytes.length > REGION_BYTES) {
    throw new StreamflowError("SourceTooLarge", `${bytes.length} bytes are more than ${REGION_BYTES}`, {
      bytes: bytes.length,
      maxBytes: REGION_BYTES,
    });
  }

  // Each level is hashed in place, over the one below; what lies to its right is all zeros, known beforehand.
  let nodes = Math.max(1, Math.ceil(bytes.length / LEAF_BYTES));
  reserve(nodes * LEAF_BYTES);
  memory.set(bytes, HEAP);
  memory.fill(0, HEAP + bytes.length, HEAP + nodes * LEAF_BYTES);
  hasher.hash128(HEAP, nodes, HEAP);
  for (let height = 0; height < DEPTH; height += 1) {
    if (nodes % 2 === 1) memory.set(ZERO[height] as Uint8Array, HEAP + nodes * HASH_BYTES);
    nodes = Math.ceil(nodes / 2);
    hasher.hash64(HEAP, nodes, HEAP);
  }
  return `0x${Buffer.from(memory.subarray(HEAP, HEAP + HASH_BYTES)).toString("hex")}`;
}
