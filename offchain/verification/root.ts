import { createKeccak } from "hash-wasm";
import { StreamflowError } from "../errors.ts";

/** Bytes of a leaf: one keccak block holds it. */
export const LEAF_BYTES = 128;
/** Levels above the leaves. */
export const DEPTH = 19;
/** Bytes of the region that a root covers: 2^26. */
export const REGION_BYTES = LEAF_BYTES * 2 ** DEPTH;

const hasher = await createKeccak(256);

function hash(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}

const HASH_BYTES = 32;
const pair = new Uint8Array(2 * HASH_BYTES);
const zeroLeaf = new Uint8Array(LEAF_BYTES);

/** ZERO[i] is the root of an all-zero subtree of height i. */
const ZERO: readonly Uint8Array[] = zeroSubtrees();

function zeroSubtrees(): Uint8Array[] {
  const roots = [hash(zeroLeaf)];
  for (let height = 1; height <= DEPTH; height += 1) {
    const below = roots[height - 1] as Uint8Array;
    pair.set(below, 0);
    pair.set(below, HASH_BYTES);
    roots.push(hash(pair));
  }
  return roots;
}

// One slot per height for a left subtree that waits for its sibling; reused by every call.
const pending = new Uint8Array((DEPTH + 1) * HASH_BYTES);
const lastLeaf = new Uint8Array(LEAF_BYTES);

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

  const leaves = Math.ceil(bytes.length / LEAF_BYTES);
  for (let leaf = 0; leaf < leaves; leaf += 1) {
    const start = leaf * LEAF_BYTES;
    let slice = bytes.subarray(start, start + LEAF_BYTES);
    if (slice.length < LEAF_BYTES) {
      lastLeaf.fill(0);
      lastLeaf.set(slice);
      slice = lastLeaf;
    }

    // A binary counter: each one-bit of the leaf's number is a finished left subtree of that height.
    let node = hash(slice);
    let height = 0;
    for (let rest = leaf; rest & 1; rest >>= 1) {
      node = join(height, node);
      height += 1;
    }
    pending.set(node, height * HASH_BYTES);
  }
  return `0x${Buffer.from(finish(leaves)).toString("hex")}`;
}

/** Folds the waiting left subtrees, from the lowest up, with zero subtrees on their right. */
function finish(leaves: number): Uint8Array {
  if (leaves === 0) return ZERO[DEPTH] as Uint8Array;
  if (leaves === 2 ** DEPTH) return pending.slice(DEPTH * HASH_BYTES, (DEPTH + 1) * HASH_BYTES);

  let node: Uint8Array | null = null;
  for (let height = 0; height < DEPTH; height += 1) {
    const isWaiting = (leaves >> height) & 1;
    if (isWaiting) node = join(height, node ?? (ZERO[height] as Uint8Array));
    else if (node !== null) {
      pair.set(node, 0);
      pair.set(ZERO[height] as Uint8Array, HASH_BYTES);
      node = hash(pair);
    }
  }
  return node as Uint8Array;
}

/** keccak256(the left subtree that waits at `height` ‖ right) */
function join(height: number, right: Uint8Array): Uint8Array {
  pair.set(pending.subarray(height * HASH_BYTES, (height + 1) * HASH_BYTES), 0);
  pair.set(right, HASH_BYTES);
  return hash(pair);
}
