import { keccak, keccakHex } from "./crypto.ts";

/** Bytes of an ABI word. */
export const WORD = 32;

/** Writes an unsigned integer right-aligned into the word at `offset`; the caller has bounded it below 2^128. */
export function writeUint(buffer: Buffer, offset: number, value: bigint | number): void {
  const wide = BigInt(value);
  buffer.fill(0, offset, offset + 16);
  buffer.writeBigUInt64BE(wide >> 64n, offset + 16);
  buffer.writeBigUInt64BE(wide & 0xffffffffffffffffn, offset + 24);
}

/** Writes an address right-aligned into the word at `offset`. */
export function writeAddress(buffer: Buffer, offset: number, address: string): void {
  buffer.fill(0, offset, offset + 12);
  buffer.write(address.slice(2), offset + 12, 20, "hex");
}

/** Writes 32 bytes of 0x-prefixed hex at `offset`. */
export function writeBytes32(buffer: Buffer, offset: number, value: string): void {
  buffer.write(value.slice(2), offset, WORD, "hex");
}

const DOMAIN_TYPE = keccak(
  Buffer.from("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);

/** EIP-712 domain separator of a domain with version "1". */
export function domainSeparator(name: string, chainId: bigint, verifyingContract: string): Uint8Array {
  const buffer = Buffer.alloc(5 * WORD);
  buffer.set(DOMAIN_TYPE, 0);
  buffer.set(keccak(Buffer.from(name)), WORD);
  buffer.set(keccak(Buffer.from("1")), 2 * WORD);
  writeUint(buffer, 3 * WORD, chainId);
  writeAddress(buffer, 4 * WORD, verifyingContract);
  return keccak(buffer);
}

const envelope = Buffer.alloc(2 + 2 * WORD);
envelope.writeUInt16BE(0x1901, 0);

/** `keccak256(0x1901 ‖ separator ‖ structHash)` as hex. */
export function typedDigest(separator: Uint8Array, structHash: Uint8Array): string {
  envelope.set(separator, 2);
  envelope.set(structHash, 2 + WORD);
  return keccakHex(envelope);
}
