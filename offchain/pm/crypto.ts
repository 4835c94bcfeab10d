import { getAddress } from "ethers";
import { createKeccak } from "hash-wasm";
// Native libsecp256k1 where a build for the platform is in the package, JavaScript elsewhere.
import secp256k1 from "secp256k1";
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
const HALF_ORDER = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");
const SIGNATURE = /^0x[0-9a-fA-F]{130}$/;
/** Ethereum's v of recovery id 0. */
const V_OFFSET = 27;

const bytesOf = (hex: string) => Buffer.from(hex.slice(2), "hex");

/** The uncompressed public key, as hex, of a private one. */
export function publicKeyOf(privateKey: string): string {
  return `0x${Buffer.from(secp256k1.publicKeyCreate(bytesOf(privateKey), false)).toString("hex")}`;
}

/** The signature r‖s‖v of a digest; nonces are deterministic (RFC 6979). */
export function signDigest(privateKey: string, digest: string): string {
  const { signature, recid } = secp256k1.ecdsaSign(bytesOf(digest), bytesOf(privateKey));
  return `0x${Buffer.from(signature).toString("hex")}${(V_OFFSET + recid).toString(16)}`;
}

/** Signs digests with a private key held in memory. */
export function createSigner(privateKey: string): DigestSigner {
  return {
    address: addressOfPublicKey(secp256k1.publicKeyCreate(bytesOf(privateKey), false)),
    signDigest: (digest) => signDigest(privateKey, digest),
  };
}

/**
 * Who signed the digest, checksummed; null for anything but 65 bytes r‖s‖v with v = 27 or 28 and a low s. One signer has one signature
 * per nonce this way: the encodings that contracts reject are rejected here too.
 */
export function recoverSigner(digest: string, signature: string): string | null {
  if (!SIGNATURE.test(signature)) return null;
  const bytes = bytesOf(signature);
  const recovery = (bytes[64] ?? 0) - V_OFFSET;
  if (recovery !== 0 && recovery !== 1) return null;
  if (Buffer.compare(bytes.subarray(32, 64), HALF_ORDER) > 0) return null;
  try {
    return addressOfPublicKey(secp256k1.ecdsaRecover(bytes.subarray(0, 64), recovery, bytesOf(digest), false));
  } catch {
    return null;
  }
}

/** Of an uncompressed key. */
function addressOfPublicKey(uncompressed: Uint8Array): string {
  return getAddress(`0x${keccakHex(uncompressed.subarray(1)).slice(-40)}`);
}
