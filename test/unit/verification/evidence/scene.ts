import { randomBytes } from "node:crypto";
import { createSigner } from "../../../../offchain/pm/crypto.ts";
import { bytesOfEvidence } from "../../../../offchain/verification/evidence/evidence.ts";
import type { Evidence, EvidenceBytes, WorkBytes } from "../../../../offchain/verification/evidence/interface.ts";
import { caseOf, programOf } from "../../../fixtures/disputes.ts";
import { type Parties, signEvidence } from "../../../../tasks/devnet/evidence.ts";
import { RECIPIENT_KEY, SENDER_KEY } from "../../pm/world.ts";

export const PARTIES: Parties = {
  domain: { chainId: 31337n, verifyingContract: "0x5FbDB2315678afecb367f032d93F642f64180aa3" },
  sender: createSigner(SENDER_KEY),
  orchestrator: createSigner(RECIPIENT_KEY),
};

/** Of a segment of 1,000 and a rendition of 500 bytes, with 10 of parameters. */
export async function workAt(
  timestamp: number,
  source: Uint8Array = randomBytes(1_000),
): Promise<{ evidence: Evidence; bytes: EvidenceBytes; all: WorkBytes }> {
  const judged = { ...caseOf(programOf(20, 1)), source, output: randomBytes(500) };
  const signed = await signEvidence(PARTIES, judged, { timestamp });
  return { ...signed, all: { source, outputs: [judged.output] } };
}

/** {bytes} Of the parameters that all work shares. */
export const PARAMETERS_BYTES = caseOf(programOf(20, 1)).parameters.length;

export const rootsOf = (evidence: Evidence, bytes: EvidenceBytes): string[] =>
  bytesOfEvidence(evidence, bytes).map(({ root }) => root);
