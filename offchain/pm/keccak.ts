import { createKeccak } from "hash-wasm";

// Apart from signatures: threads that judge hash, and need no curve.

const hasher = await createKeccak(256);

/** Keccak-256. The answer is a fresh array. */
export function keccak(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}

/** Keccak-256 as 0x-prefixed hex. */
export function keccakHex(bytes: Uint8Array): string {
  return `0x${hasher.init().update(bytes).digest()}`;
}
