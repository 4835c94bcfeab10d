import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import { keccakHex } from "../../pm/crypto.ts";
import { describeIssues, uint32Schema } from "../../pm/schema.ts";
import { type Case, parametersTree } from "../../vm/start.ts";
import type { VerificationDomain } from "../interface.ts";
import { receiptDigest, receiptToWire, segmentToWire, signedReceiptSchema, signedSegmentSchema } from "../messages.ts";
import { segmentRoot } from "../root.ts";
import type { Evidence, EvidenceBytes, NamedBytes, Region, SignedOutput, Work, WorkBytes } from "./interface.ts";

/** {1} Of the number of an output in the name of a challenge. */
const INDEX_DIGITS = 64;

const signedOutputSchema = z
  .strictObject({ order: signedSegmentSchema, receipt: signedReceiptSchema, outputIndex: uint32Schema })
  .refine(({ receipt, outputIndex }) => outputIndex < receipt.receipt.outputs.length, "the receipt has no such output");

/** JSON-ready form; `parseEvidence` reads it back. */
export function evidenceToWire({ order, receipt, outputIndex }: SignedOutput): z.input<typeof signedOutputSchema> {
  return { order: segmentToWire(order), receipt: receiptToWire(receipt), outputIndex };
}

/** What was signed, from parsed JSON. Signatures are the contract's to check. Errors: `EvidenceInvalid`. */
export function parseEvidence(input: unknown): SignedOutput {
  const parsed = signedOutputSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("EvidenceInvalid", describeIssues(parsed.error));
}

/** The name of a challenge of the output, as the contract computes it. */
export function disputeId({ receipt, outputIndex }: SignedOutput, domain: VerificationDomain): string {
  return disputeIdOf(receiptDigest(receipt.receipt, domain), outputIndex);
}

/** The same by the digest of the receipt. */
export function disputeIdOf(digest: string, outputIndex: number): string {
  const index = outputIndex.toString(16).padStart(INDEX_DIGITS, "0");
  return keccakHex(Buffer.from(digest.slice(2) + index, "hex"));
}

/** What a program is started with to judge the output. */
export function caseOf(program: Uint8Array, evidence: Evidence, { source, output }: EvidenceBytes): Case {
  const { parameters, outputIndex } = evidence;
  return { program, parameters, source, output, outputIndex };
}

/** All bytes that judging any output of the work needs, by the names that the receipt has for them. Nothing is hashed. */
export function bytesOfWork({ receipt, parameters }: Work, { source, outputs }: WorkBytes): NamedBytes[] {
  const { sourceRoot, parametersRoot, outputs: signed } = receipt.receipt;
  return [
    { root: sourceRoot, region: "segment", bytes: source },
    { root: parametersRoot, region: "parameters", bytes: parameters },
    ...signed.map(({ root }, i) => ({ root, region: "segment" as const, bytes: outputs[i]! })),
  ];
}

/** Those that judging one output needs. */
export function bytesOfEvidence(evidence: Evidence, { source, output }: EvidenceBytes): NamedBytes[] {
  const { sourceRoot, parametersRoot, outputs } = evidence.receipt.receipt;
  return [
    { root: sourceRoot, region: "segment", bytes: source },
    { root: parametersRoot, region: "parameters", bytes: evidence.parameters },
    { root: outputs[evidence.outputIndex]!.root, region: "segment", bytes: output },
  ];
}

/** The root of a region that begins with these bytes. Errors: `SourceTooLarge`, `ParametersTooLarge`. */
export function rootOf(region: Region, bytes: Uint8Array): string {
  if (region === "segment") return segmentRoot(bytes);
  return `0x${Buffer.from(parametersTree(bytes).root()).toString("hex")}`;
}

/**
 * The bytes that a root and a length stand for. A root alone says nothing of zeros at the end, so these are added or cut off.
 * @param length {bytes} as signed; null where zeros at the end make no difference
 * Errors: `EvidenceInvalid`.
 */
export function requireNamed({ root, region, bytes }: NamedBytes, length: number | null): Uint8Array {
  const have = rootOf(region, bytes);
  if (have !== root) throw new StreamflowError("EvidenceInvalid", `the ${region}'s root is ${have}, not ${root}`);
  if (length === null || bytes.length === length) return bytes;
  if (bytes.subarray(length).some((byte) => byte !== 0))
    throw new StreamflowError("EvidenceInvalid", `the ${region} is longer than ${length} bytes`);
  const fitted = new Uint8Array(length);
  fitted.set(bytes.subarray(0, length));
  return fitted;
}
