import { keccak, keccakHex } from "./crypto.ts";

/** Bytes of an ABI word. */
export const WORD = 32;

/** ABI words one after the other, in a buffer that is written again and again. */
export class Words {
  readonly bytes: Buffer;
  readonly #view: DataView;

  constructor(count: number) {
    this.bytes = Buffer.alloc(count * WORD);
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  /** Writes an unsigned integer into word `at`; the caller has bounded it below 2^128. */
  uint(at: number, value: bigint): void {
    const offset = at * WORD;
    this.#view.setBigUint64(offset, 0n);
    this.#view.setBigUint64(offset + 8, 0n);
    this.#view.setBigUint64(offset + 16, value >> 64n);
    // The lower 64 bits of it.
    this.#view.setBigUint64(offset + 24, value);
  }

  /** The same for a number of at most 53 bits. */
  number(at: number, value: number): void {
    this.uint(at, BigInt(value));
  }

  address(at: number, address: string): void {
    const offset = at * WORD;
    this.#view.setBigUint64(offset, 0n);
    this.#view.setUint32(offset + 8, 0);
    this.bytes.write(address.slice(2), offset + 12, 20, "hex");
  }

  /** 0x-prefixed hex of 32 bytes. */
  bytes32(at: number, value: string): void {
    this.bytes.write(value.slice(2), at * WORD, WORD, "hex");
  }
}

const DOMAIN_TYPE = keccak(
  Buffer.from("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);

/** EIP-712 domain separator of a domain with version "1". */
export function domainSeparator(name: string, chainId: bigint, verifyingContract: string): Uint8Array {
  const words = new Words(5);
  words.bytes.set(DOMAIN_TYPE, 0);
  words.bytes.set(keccak(Buffer.from(name)), WORD);
  words.bytes.set(keccak(Buffer.from("1")), 2 * WORD);
  words.uint(3, chainId);
  words.address(4, verifyingContract);
  return keccak(words.bytes);
}

const envelope = Buffer.alloc(2 + 2 * WORD);
envelope.writeUInt16BE(0x1901, 0);

/** `keccak256(0x1901 ‖ separator ‖ structHash)` as hex. */
export function typedDigest(separator: Uint8Array, structHash: Uint8Array): string {
  envelope.set(separator, 2);
  envelope.set(structHash, 2 + WORD);
  return keccakHex(envelope);
}
