import { createHash, type X509Certificate } from "node:crypto";
import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import { keccak, recoverSigner } from "../../pm/crypto.ts";
import { domainSeparator, typedDigest, Words } from "../../pm/encoding.ts";
import type { DigestSigner } from "../../pm/interface.ts";
import { addressSchema, describeIssues, hexSchema, safeIntegerSchema } from "../../pm/schema.ts";
import type { VerificationDomain } from "../../verification/interface.ts";
import { VERIFICATION_DOMAIN_NAME } from "../../verification/messages.ts";

// The signed data of LIP-11.

export const SERVER_KEY_TYPE = "ServerKey(address orchestrator,bytes32 spkiHash,uint64 validUntil)";

/** Which public key an orchestrator's server has. */
export interface ServerKey {
  readonly orchestrator: string;
  /** SHA-256 of the SubjectPublicKeyInfo of the server's certificate. */
  readonly spkiHash: string;
  /** {ms} Last moment at which it holds. */
  readonly validUntil: number;
}

export interface SignedServerKey {
  readonly serverKey: ServerKey;
  /** 65 bytes r‖s‖v, low s. */
  readonly signature: string;
}

export const signedServerKeySchema = z.strictObject({
  serverKey: z.strictObject({ orchestrator: addressSchema, spkiHash: hexSchema(32), validUntil: safeIntegerSchema }),
  signature: hexSchema(65),
});

/** bytes32. Throws when the certificate holds a key of a kind that is not known here. */
export function spkiHashOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return `0x${createHash("sha256").update(spki).digest("hex")}`;
}

const TYPE_HASH = keccak(Buffer.from(SERVER_KEY_TYPE));

/** EIP-712 digest. */
export function serverKeyDigest(
  { orchestrator, spkiHash, validUntil }: ServerKey,
  { chainId, verifyingContract }: VerificationDomain,
): string {
  const struct = new Words(4);
  struct.bytes.set(TYPE_HASH, 0);
  struct.address(1, orchestrator);
  struct.bytes32(2, spkiHash);
  struct.number(3, validUntil);
  const separator = domainSeparator(VERIFICATION_DOMAIN_NAME, chainId, verifyingContract);
  return typedDigest(separator, keccak(struct.bytes));
}

/** Signs as `serverKey.orchestrator`. */
export async function signServerKey(
  signer: DigestSigner,
  serverKey: ServerKey,
  domain: VerificationDomain,
): Promise<SignedServerKey> {
  return { serverKey, signature: await signer.signDigest(serverKeyDigest(serverKey, domain)) };
}

/** A signed statement from parsed JSON. Errors: `PeerUnverified`. Its signature and sense are checked by `verifyServerKey`. */
export function parseServerKey(input: unknown): SignedServerKey {
  const parsed = signedServerKeySchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("PeerUnverified", `the statement of its key: ${describeIssues(parsed.error)}`, {
    field: "form",
  });
}

/**
 * Checks that the orchestrator vouches for the key that was shown.
 * @param shown.now {ms}
 * @throws StreamflowError PeerUnverified, with the field that differs
 */
export function verifyServerKey(
  { serverKey, signature }: SignedServerKey,
  shown: { readonly orchestrator: string; readonly spkiHash: string; readonly now: number },
  domain: VerificationDomain,
): void {
  const refuse = (field: string, detail: string): never => {
    throw new StreamflowError("PeerUnverified", `the statement of its key: ${detail}`, { field });
  };
  const { orchestrator, spkiHash, validUntil } = serverKey;
  if (orchestrator.toLowerCase() !== shown.orchestrator.toLowerCase())
    refuse("orchestrator", `it is of ${orchestrator}, the registry names ${shown.orchestrator}`);
  if (spkiHash !== shown.spkiHash) refuse("spkiHash", `it is for ${spkiHash}, the server has shown ${shown.spkiHash}`);
  if (validUntil < shown.now) refuse("validUntil", `it ended ${shown.now - validUntil} ms ago`);
  const signer = recoverSigner(serverKeyDigest(serverKey, domain), signature);
  if (signer !== orchestrator) refuse("signature", `it is signed by ${signer ?? "nobody"}, not by ${orchestrator}`);
}
