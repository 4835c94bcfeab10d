import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StreamflowError } from "../../errors.ts";
import { bytesOfEvidence, evidenceToWire, parseEvidence, requireNamed } from "./evidence.ts";
import type { Evidence, EvidenceBytes, Region } from "./interface.ts";

/** What was signed; the bytes are beside it, in files named by their roots. */
const SIGNED_FILE = "evidence.json";

/** Writes evidence into a directory, which is made if there is none. */
export async function writeEvidence(directory: string, evidence: Evidence, bytes: EvidenceBytes): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const file of bytesOfEvidence(evidence, bytes)) await writeFile(join(directory, file.root), file.bytes);
  await writeFile(join(directory, SIGNED_FILE), `${JSON.stringify(evidenceToWire(evidence), null, 2)}\n`);
}

/** Reads what `writeEvidence` wrote, and checks all bytes against their roots. Errors: `EvidenceInvalid`. */
export async function readEvidence(directory: string): Promise<{ evidence: Evidence; bytes: EvidenceBytes }> {
  const signed = parseEvidence(await readSigned(join(directory, SIGNED_FILE)));
  const { sourceRoot, sourceLength, parametersRoot, outputs } = signed.receipt.receipt;
  const { root, length } = outputs[signed.outputIndex]!;
  const named = async (name: string, region: Region, bytes: number | null) =>
    requireNamed({ root: name, region, bytes: await readBytes(join(directory, name)) }, bytes);
  return {
    evidence: { ...signed, parameters: await named(parametersRoot, "parameters", null) },
    bytes: {
      source: await named(sourceRoot, "segment", sourceLength),
      output: await named(root, "segment", length),
    },
  };
}

async function readSigned(file: string): Promise<unknown> {
  const text = Buffer.from(await readBytes(file)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StreamflowError("EvidenceInvalid", `${file} is no JSON`, {}, { cause });
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new StreamflowError("EvidenceInvalid", `${file} cannot be read`, {}, { cause });
  }
}
