import { AbiCoder } from "ethers";
import { z } from "zod";
import { type ErrorCode, StreamflowError } from "../errors.ts";
import { keccak, keccakHex, recoverSigner } from "../pm/crypto.ts";
import { domainSeparator, typedDigest } from "../pm/encoding.ts";
import type { DigestSigner } from "../pm/interface.ts";
import { addressSchema, decimalSchema, describeIssues, hexSchema, safeIntegerSchema } from "../pm/schema.ts";
import type { Receipt, Rendition, Segment, SignedReceipt, SignedSegment, VerificationDomain } from "./interface.ts";
import { REGION_BYTES } from "./root.ts";

export const VERIFICATION_DOMAIN_NAME = "Streamflow";

export const SEGMENT_TYPE =
  "Segment(address sender,bytes32 stream,uint64 sequence,bytes32 sourceRoot,uint64 sourceLength,bytes32 profilesHash,bytes32 service,address recipient,uint64 timestamp)";

export const OUTPUT_TYPE = "Output(bytes32 root,uint64 length)";

export const RECEIPT_TYPE = `Receipt(address orchestrator,address sender,bytes32 stream,uint64 sequence,bytes32 sourceRoot,uint64 sourceLength,Output[] outputs,bytes32 profilesHash,bytes32 service,bytes32 program,bytes32 parametersRoot,uint64 stepBound,uint64 timestamp)${OUTPUT_TYPE}`;

/** Most renditions of one segment. */
export const MAX_OUTPUTS = 32;

export const ZERO_HASH = `0x${"00".repeat(32)}`;

const lengthSchema = safeIntegerSchema.max(REGION_BYTES);

export const segmentSchema = z.strictObject({
  sender: addressSchema,
  stream: hexSchema(32),
  sequence: safeIntegerSchema,
  sourceRoot: hexSchema(32),
  sourceLength: lengthSchema,
  profilesHash: hexSchema(32),
  service: hexSchema(32),
  recipient: addressSchema,
  timestamp: safeIntegerSchema,
});

export const signedSegmentSchema = z.strictObject({ segment: segmentSchema, signature: hexSchema(65) });

export const receiptSchema = z.strictObject({
  orchestrator: addressSchema,
  sender: addressSchema,
  stream: hexSchema(32),
  sequence: safeIntegerSchema,
  sourceRoot: hexSchema(32),
  sourceLength: lengthSchema,
  outputs: z.array(z.strictObject({ root: hexSchema(32), length: lengthSchema })).max(MAX_OUTPUTS),
  profilesHash: hexSchema(32),
  service: hexSchema(32),
  program: hexSchema(32),
  parametersRoot: hexSchema(32),
  stepBound: decimalSchema(64),
  timestamp: safeIntegerSchema,
});

export const signedReceiptSchema = z.strictObject({ receipt: receiptSchema, signature: hexSchema(65) });

/** JSON-ready form; `signedSegmentSchema` reads it back. */
export function segmentToWire(signed: SignedSegment): z.input<typeof signedSegmentSchema> {
  return { segment: { ...signed.segment }, signature: signed.signature };
}

/** JSON-ready form; `signedReceiptSchema` reads it back. */
export function receiptToWire({ receipt, signature }: SignedReceipt): z.input<typeof signedReceiptSchema> {
  const outputs = receipt.outputs.map((output) => ({ ...output }));
  return { receipt: { ...receipt, outputs, stepBound: receipt.stepBound.toString() }, signature };
}

/** A signed order from parsed JSON. Errors: `OrderInvalid`. Its signature is checked by `verifySegment`. */
export function parseOrder(input: unknown): SignedSegment {
  return parse(signedSegmentSchema, input, "OrderInvalid");
}

/** A signed receipt from parsed JSON. Errors: `ReceiptInvalid`. Its signature and sense are checked by `verifyReceipt`. */
export function parseReceipt(input: unknown): SignedReceipt {
  return parse(signedReceiptSchema, input, "ReceiptInvalid");
}

// Digests ----------------------------------------------------------------------------------------------------------------------------

const abi = AbiCoder.defaultAbiCoder();
const SEGMENT_HASH = keccak(Buffer.from(SEGMENT_TYPE));
const OUTPUT_HASH = keccak(Buffer.from(OUTPUT_TYPE));
const RECEIPT_HASH = keccak(Buffer.from(RECEIPT_TYPE));

const SEGMENT_FIELDS = "bytes32 address bytes32 uint64 bytes32 uint64 bytes32 bytes32 address uint64".split(" ");
const RECEIPT_FIELDS =
  "bytes32 address address bytes32 uint64 bytes32 uint64 bytes32 bytes32 bytes32 bytes32 bytes32 uint64 uint64".split(
    " ",
  );

/** EIP-712 digest. */
export function segmentDigest(segment: Segment, domain: VerificationDomain): string {
  const struct = encode(SEGMENT_FIELDS, [
    SEGMENT_HASH,
    segment.sender,
    segment.stream,
    segment.sequence,
    segment.sourceRoot,
    segment.sourceLength,
    segment.profilesHash,
    segment.service,
    segment.recipient,
    segment.timestamp,
  ]);
  return typedDigest(separatorOf(domain), keccak(struct));
}

/** EIP-712 digest. */
export function receiptDigest(receipt: Receipt, domain: VerificationDomain): string {
  const outputs = receipt.outputs.map(({ root, length }) =>
    keccak(encode(["bytes32", "bytes32", "uint64"], [OUTPUT_HASH, root, length])),
  );
  const struct = encode(RECEIPT_FIELDS, [
    RECEIPT_HASH,
    receipt.orchestrator,
    receipt.sender,
    receipt.stream,
    receipt.sequence,
    receipt.sourceRoot,
    receipt.sourceLength,
    keccak(Buffer.concat(outputs)),
    receipt.profilesHash,
    receipt.service,
    receipt.program,
    receipt.parametersRoot,
    receipt.stepBound,
    receipt.timestamp,
  ]);
  return typedDigest(separatorOf(domain), keccak(struct));
}

/** bytes32 that stands for a list of renditions and its order; injective, because the ABI encoding carries every length. */
export function profilesHash(renditions: readonly Rendition[]): string {
  const rows = renditions.map(({ name, width, height, encoder, preset, crf }) => [
    name,
    width,
    height,
    encoder,
    preset,
    crf,
  ]);
  return keccakHex(encode(["tuple(string,uint32,uint32,string,string,uint32)[]"], [rows]));
}

// Signatures -------------------------------------------------------------------------------------------------------------------------

/** Signs as `segment.sender`, or with a key that may sign for it. */
export async function signSegment(
  signer: DigestSigner,
  segment: Segment,
  domain: VerificationDomain,
): Promise<SignedSegment> {
  return { segment, signature: await signer.signDigest(segmentDigest(segment, domain)) };
}

/** Checks that the order is meant for `recipient`. The answer is who signed it: its sender, or else a key of which the caller has to find out whether it may. Errors: `SegmentSignatureInvalid`. */
export function recoverOrderSigner(
  { segment, signature }: SignedSegment,
  domain: VerificationDomain,
  recipient: string,
): string {
  if (segment.recipient.toLowerCase() !== recipient.toLowerCase()) {
    throw new StreamflowError("SegmentSignatureInvalid", `the order is for ${segment.recipient}, this is ${recipient}`);
  }
  const signer = recoverSigner(segmentDigest(segment, domain), signature);
  if (signer === null) throw new StreamflowError("SegmentSignatureInvalid", "the order is signed by nobody");
  return signer;
}

/** Signs as `receipt.orchestrator`. */
export async function signReceipt(
  signer: DigestSigner,
  receipt: Receipt,
  domain: VerificationDomain,
): Promise<SignedReceipt> {
  return { receipt, signature: await signer.signDigest(receiptDigest(receipt, domain)) };
}

/**
 * Checks that the receipt is signed by the orchestrator that was asked and answers exactly the order, with one output per rendition. That
 * the outputs' roots and lengths are those of the bytes received is the caller's to check. Errors: `ReceiptInvalid`.
 */
export function verifyReceipt(
  { receipt, signature }: SignedReceipt,
  domain: VerificationDomain,
  order: { readonly segment: Segment; readonly renditions: number },
): void {
  const { segment } = order;
  const pairs = [
    ["orchestrator", receipt.orchestrator, segment.recipient],
    ["sender", receipt.sender, segment.sender],
    ["stream", receipt.stream, segment.stream],
    ["sequence", receipt.sequence, segment.sequence],
    ["sourceRoot", receipt.sourceRoot, segment.sourceRoot],
    ["sourceLength", receipt.sourceLength, segment.sourceLength],
    ["profilesHash", receipt.profilesHash, segment.profilesHash],
    ["service", receipt.service, segment.service],
    ["outputs", receipt.outputs.length, order.renditions],
  ] as const;
  for (const [field, found, wanted] of pairs) {
    if (String(found).toLowerCase() === String(wanted).toLowerCase()) continue;
    throw new StreamflowError("ReceiptInvalid", `${field} is ${found}, the order says ${wanted}`, { field });
  }
  const signer = recoverSigner(receiptDigest(receipt, domain), signature);
  if (signer !== receipt.orchestrator) {
    throw new StreamflowError("ReceiptInvalid", `signed by ${signer ?? "nobody"}, not by ${receipt.orchestrator}`);
  }
}

function separatorOf(domain: VerificationDomain): Uint8Array {
  return domainSeparator(VERIFICATION_DOMAIN_NAME, domain.chainId, domain.verifyingContract);
}

function encode(types: string[], values: unknown[]): Buffer {
  return Buffer.from(abi.encode(types, values).slice(2), "hex");
}

function parse<T>(schema: z.ZodType<T>, input: unknown, code: ErrorCode): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError(code, describeIssues(parsed.error));
}
