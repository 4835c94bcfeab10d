import { nativeCurve, wasmCurve } from "./curve.ts";
import type { DigestSigner } from "./interface.ts";
import { keccak, keccakHex } from "./keccak.ts";

// This file and `keccak.ts` are the only ones that hash, sign and recover: a faster implementation replaces these functions and nothing else.

export { keccak, keccakHex };

const curve = nativeCurve() ?? (await wasmCurve());

/** Which secp256k1 signs and recovers here. */
export const curveName = curve.name;

const ADDRESS_DIGITS = 40;
const LOWER_A = 0x61;
const TO_UPPER = 0x20;
const digits = Buffer.alloc(ADDRESS_DIGITS);

/** Checksummed addresses by their lower-case digits: the same few thousand come again and again. */
const addresses = new Map<string, string>();
const MOST_ADDRESSES = 1 << 16;

/** The ERC-55 form of an address of 40 lower-case hex digits. */
export function checksumAddress(lowerCase: string): string {
  let address = addresses.get(lowerCase);
  if (address === undefined) {
    address = withChecksum(lowerCase);
    if (addresses.size >= MOST_ADDRESSES) addresses.clear();
    addresses.set(lowerCase, address);
  }
  return address;
}

function withChecksum(lowerCase: string): string {
  digits.write(lowerCase, "latin1");
  const sum = keccak(digits);
  for (let i = 0; i < ADDRESS_DIGITS; i += 1) {
    const byte = sum[i >> 1]!;
    const nibble = i % 2 === 0 ? byte >> 4 : byte & 15;
    if (nibble >= 8 && digits[i]! >= LOWER_A) digits[i]! -= TO_UPPER;
  }
  return `0x${digits.toString("latin1")}`;
}

/** Half of secp256k1's order: a higher s is the malleable twin of another signature. */
const HALF_ORDER = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");
const SIGNATURE = /^0x[0-9a-fA-F]{130}$/;
/** Ethereum's v of recovery id 0. */
const V_OFFSET = 27;

const bytesOf = (hex: string) => Buffer.from(hex.slice(2), "hex");

/** The uncompressed public key, as hex, of a private one. */
export function publicKeyOf(privateKey: string): string {
  return `0x${Buffer.from(curve.publicKey(bytesOf(privateKey))).toString("hex")}`;
}

/** The signature r‖s‖v of a digest; nonces are deterministic (RFC 6979). */
export function signDigest(privateKey: string, digest: string): string {
  return signWith(bytesOf(privateKey), digest);
}

/** Signs digests with a private key held in memory. */
export function createSigner(privateKey: string): DigestSigner {
  const key = bytesOf(privateKey);
  return { address: addressOfPublicKey(curve.publicKey(key)), signDigest: (digest) => signWith(key, digest) };
}

function signWith(key: Uint8Array, digest: string): string {
  const { signature, recovery } = curve.sign(bytesOf(digest), key);
  return `0x${Buffer.from(signature).toString("hex")}${(V_OFFSET + recovery).toString(16)}`;
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
  const key = curve.recover(bytesOf(digest), bytes.subarray(0, 64), recovery);
  return key === null ? null : addressOfPublicKey(key);
}

/** Of an uncompressed key. */
function addressOfPublicKey(uncompressed: Uint8Array): string {
  return checksumAddress(keccakHex(uncompressed.subarray(1)).slice(-ADDRESS_DIGITS));
}
