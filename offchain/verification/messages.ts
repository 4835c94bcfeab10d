import { z } from "zod";
import { type ErrorCode, StreamflowError } from "../errors.ts";
import { keccak, keccakHex, recoverSigner } from "../pm/crypto.ts";
import { domainSeparator, typedDigest, WORD, Words } from "../pm/encoding.ts";
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

const SEGMENT_HASH = keccak(Buffer.from(SEGMENT_TYPE));
const OUTPUT_HASH = keccak(Buffer.from(OUTPUT_TYPE));
const RECEIPT_HASH = keccak(Buffer.from(RECEIPT_TYPE));

const segmentStruct = new Words(10);
segmentStruct.bytes.set(SEGMENT_HASH, 0);
const outputStruct = new Words(3);
outputStruct.bytes.set(OUTPUT_HASH, 0);
const receiptStruct = new Words(14);
receiptStruct.bytes.set(RECEIPT_HASH, 0);

/** EIP-712 digest. Fields must be in range, as `segmentSchema` leaves them. */
export function segmentDigest(segment: Segment, domain: VerificationDomain): string {
  segmentStruct.address(1, segment.sender);
  segmentStruct.bytes32(2, segment.stream);
  segmentStruct.number(3, segment.sequence);
  segmentStruct.bytes32(4, segment.sourceRoot);
  segmentStruct.number(5, segment.sourceLength);
  segmentStruct.bytes32(6, segment.profilesHash);
  segmentStruct.bytes32(7, segment.service);
  segmentStruct.address(8, segment.recipient);
  segmentStruct.number(9, segment.timestamp);
  return typedDigest(separatorOf(domain), keccak(segmentStruct.bytes));
}

/** EIP-712 digest. Fields must be in range, as `receiptSchema` leaves them. */
export function receiptDigest(receipt: Receipt, domain: VerificationDomain): string {
  const outputs = receipt.outputs.map(({ root, length }) => {
    outputStruct.bytes32(1, root);
    outputStruct.number(2, length);
    return keccak(outputStruct.bytes);
  });
  receiptStruct.address(1, receipt.orchestrator);
  receiptStruct.address(2, receipt.sender);
  receiptStruct.bytes32(3, receipt.stream);
  receiptStruct.number(4, receipt.sequence);
  receiptStruct.bytes32(5, receipt.sourceRoot);
  receiptStruct.number(6, receipt.sourceLength);
  receiptStruct.bytes.set(keccak(Buffer.concat(outputs)), 7 * WORD);
  receiptStruct.bytes32(8, receipt.profilesHash);
  receiptStruct.bytes32(9, receipt.service);
  receiptStruct.bytes32(10, receipt.program);
  receiptStruct.bytes32(11, receipt.parametersRoot);
  receiptStruct.uint(12, receipt.stepBound);
  receiptStruct.number(13, receipt.timestamp);
  return typedDigest(separatorOf(domain), keccak(receiptStruct.bytes));
}

/** {words} Of a row of `profilesHash`, before its texts. */
const ROW = 6;

/**
 * bytes32 that stands for a list of renditions and its order: the hash of its ABI encoding as `(string,uint32,uint32,string,string,uint32)[]`, which is
 * injective, because it carries every length.
 */
export function profilesHash(renditions: readonly Rendition[]): string {
  const rows = renditions.map(rowOf);
  const head = new Words(2 + rows.length);
  head.number(0, WORD);
  head.number(1, rows.length);
  let offset = rows.length * WORD;
  rows.forEach((row, i) => {
    head.number(2 + i, offset);
    offset += row.length;
  });
  return keccakHex(Buffer.concat([head.bytes, ...rows]));
}

function rowOf({ name, width, height, encoder, preset, crf }: Rendition): Buffer {
  const texts = [textOf(name), textOf(encoder), textOf(preset)] as const;
  const row = new Words(ROW);
  row.number(0, ROW * WORD);
  row.number(1, width);
  row.number(2, height);
  row.number(3, ROW * WORD + texts[0].length);
  row.number(4, ROW * WORD + texts[0].length + texts[1].length);
  row.number(5, crf);
  return Buffer.concat([row.bytes, ...texts]);
}

/** Its length, and its bytes filled up to whole words. */
function textOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  const words = new Words(1 + Math.ceil(bytes.length / WORD));
  words.number(0, bytes.length);
  words.bytes.set(bytes, WORD);
  return words.bytes;
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

function parse<T>(schema: z.ZodType<T>, input: unknown, code: ErrorCode): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError(code, describeIssues(parsed.error));
}
