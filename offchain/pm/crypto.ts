import { getAddress, getBytes, hexlify, recoverAddress, SigningKey } from "ethers";
import { createKeccak } from "hash-wasm";
import type { DigestSigner } from "./interface.ts";

// The only file that hashes, signs and recovers: a faster implementation replaces these functions and nothing else.

const hasher = await createKeccak(256);

/** Keccak-256. The answer is a fresh array. */
export function keccak(bytes: Uint8Array): Uint8Array {
  return hasher.init().update(bytes).digest("binary");
}

/** Keccak-256 as 0x-prefixed hex. */
export function keccakHex(bytes: Uint8Array): string {
  return `0x${hasher.init().update(bytes).digest()}`;
}

/** Half of secp256k1's order: a higher s is the malleable twin of another signature. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const SIGNATURE = /^0x[0-9a-fA-F]{130}$/;

/** Signs digests with a private key held in memory. */
export function createSigner(privateKey: string): DigestSigner {
  const key = new SigningKey(privateKey);
  return { address: addressOfPublicKey(key.publicKey), signDigest: (digest) => key.sign(digest).serialized };
}

/**
 * Who signed the digest, checksummed; null for anything but 65 bytes r‖s‖v with v = 27 or 28 and a low s. One signer has one signature
 * per nonce this way: the encodings that contracts reject are rejected here too.
 */
export function recoverSigner(digest: string, signature: string): string | null {
  if (!SIGNATURE.test(signature)) return null;
  const v = Number.parseInt(signature.slice(130), 16);
  if (v !== 27 && v !== 28) return null;
  if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return null;
  try {
    return recoverAddress(digest, signature);
  } catch {
    return null;
  }
}

function addressOfPublicKey(publicKey: string): string {
  const uncompressed = getBytes(SigningKey.computePublicKey(publicKey, false));
  return getAddress(hexlify(keccak(uncompressed.subarray(1)).subarray(12)));
}
