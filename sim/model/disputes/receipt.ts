import { dataLength, dataSlice, TypedDataEncoder, ZeroHash } from "ethers";
import type { TypedDataField } from "ethers";
import { ZERO_ADDRESS } from "../money.ts";
import type { Address } from "../money.ts";
import { signerOf as signerOfCompact } from "../ticket.ts";

/** One rendition's bytes. */
export interface Output {
  /** 32 bytes. */
  readonly root: string;
  /** {bytes} */
  readonly length: bigint;
}

/** What an orchestrator states to have made from what. */
export interface Receipt {
  readonly orchestrator: Address;
  /** The broadcaster. */
  readonly sender: Address;
  readonly stream: string;
  readonly sequence: bigint;
  readonly sourceRoot: string;
  /** {bytes} */
  readonly sourceLength: bigint;
  readonly outputs: readonly Output[];
  readonly profilesHash: string;
  readonly service: string;
  /** Root of the program that judges it. */
  readonly program: string;
  readonly parametersRoot: string;
  /** {1} A run that takes more steps is void. */
  readonly stepBound: bigint;
  /** {s, Unix} */
  readonly timestamp: bigint;
}

/** What both parties signed about one output. */
export interface Evidence {
  readonly receipt: Receipt;
  readonly receiptSignature: string;
  /** {s, Unix} Of the order that the receipt answers. */
  readonly orderTimestamp: bigint;
  readonly orderSignature: string;
  readonly outputIndex: bigint;
}

/** Where orders and receipts are valid. */
export interface Domain {
  readonly chainId: bigint;
  readonly bonding: Address;
}

// Written by hand from LIP-6, so that they are a second opinion on the type strings of contract and node.

const fieldsOf = (declarations: readonly string[]): TypedDataField[] =>
  declarations.map((declaration) => {
    const [type, name] = declaration.split(" ");
    return { type: type!, name: name! };
  });

export const ORDER_FIELDS = {
  Segment: fieldsOf([
    "address sender",
    "bytes32 stream",
    "uint64 sequence",
    "bytes32 sourceRoot",
    "uint64 sourceLength",
    "bytes32 profilesHash",
    "bytes32 service",
    "address recipient",
    "uint64 timestamp",
  ]),
};

export const RECEIPT_FIELDS = {
  Receipt: fieldsOf([
    "address orchestrator",
    "address sender",
    "bytes32 stream",
    "uint64 sequence",
    "bytes32 sourceRoot",
    "uint64 sourceLength",
    "Output[] outputs",
    "bytes32 profilesHash",
    "bytes32 service",
    "bytes32 program",
    "bytes32 parametersRoot",
    "uint64 stepBound",
    "uint64 timestamp",
  ]),
  Output: fieldsOf(["bytes32 root", "uint64 length"]),
};

export const domainOf = ({ chainId, bonding }: Domain) => ({
  name: "Streamflow",
  version: "1",
  chainId,
  verifyingContract: bonding,
});

/** EIP-712 digest of a receipt. */
export const digestOf = (receipt: Receipt, domain: Domain): string =>
  TypedDataEncoder.hash(domainOf(domain), RECEIPT_FIELDS, receipt);

/** EIP-712 digest of the order that a receipt answers. */
export const orderDigestOf = (receipt: Receipt, timestamp: bigint, domain: Domain): string =>
  TypedDataEncoder.hash(domainOf(domain), ORDER_FIELDS, { ...receipt, recipient: receipt.orchestrator, timestamp });

const PARITY = 2n ** 255n;

/** Whose signature of 65 bytes it is; the zero address for what recovers no key. */
export function signerOf(digest: string, signature: string): Address {
  if (dataLength(signature) !== 65) return ZERO_ADDRESS;
  const [s, v] = [BigInt(dataSlice(signature, 32, 64)), BigInt(dataSlice(signature, 64))];
  if (s >= PARITY || (v !== 27n && v !== 28n)) return ZERO_ADDRESS;
  const vs = `0x${(s + (v - 27n) * PARITY).toString(16).padStart(ZeroHash.length - 2, "0")}`;
  return signerOfCompact(digest, dataSlice(signature, 0, 32), vs);
}
