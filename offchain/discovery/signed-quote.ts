import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { keccak, recoverSigner } from "../pm/crypto.ts";
import { domainSeparator, typedDigest, WORD, Words } from "../pm/encoding.ts";
import type { DigestSigner, TicketParams } from "../pm/interface.ts";
import { ticketParamsSchema, ticketParamsToWire } from "../pm/quote.ts";
import { addressSchema, describeIssues, hexSchema } from "../pm/schema.ts";
import type { VerificationDomain } from "../verification/interface.ts";
import { VERIFICATION_DOMAIN_NAME } from "../verification/messages.ts";

// The signed data of LIP-9.

const COMMITMENT_TYPE = "Commitment(uint32 index,bytes32 commitment)";

export const QUOTE_TYPE = `Quote(address orchestrator,address sender,bytes32 service,bytes32 nonce,uint32 capacity,uint96 priceNumerator,uint64 priceDenominator,uint64 validUntil,uint96 faceValue,uint32 creationRound,Commitment[] commitments,bytes32 mac)${COMMITMENT_TYPE}`;

/** Most segments in flight that a quote may speak of. */
const MAX_CAPACITY = 100_000;

/** What one question is about; the answer to another one is no answer to it. */
export interface QuoteSubject {
  /** The broadcaster's address. */
  readonly sender: string;
  /** bytes32 */
  readonly service: string;
  /** bytes32, new for every question; for a renewal the digest of the order that it comes with. */
  readonly nonce: string;
}

/** An orchestrator's offer to one sender. Price, expiry {ms} and what tickets have to hold are in `params`. */
export interface OfferedQuote extends QuoteSubject {
  readonly orchestrator: string;
  /** {1} Segments that may be in flight to it, in [1, 100,000]. */
  readonly capacity: number;
  readonly params: TicketParams;
}

export interface SignedQuote {
  readonly quote: OfferedQuote;
  /** 65 bytes r‖s‖v, low s. */
  readonly signature: string;
}

const quoteSchema = z.strictObject({
  orchestrator: addressSchema,
  sender: addressSchema,
  service: hexSchema(32),
  nonce: hexSchema(32),
  capacity: z.int().min(1).max(MAX_CAPACITY),
  params: ticketParamsSchema,
});

export const signedQuoteSchema = z.strictObject({ quote: quoteSchema, signature: hexSchema(65) });

/** JSON-ready form; `parseQuote` reads it back. */
export function quoteToWire({ quote, signature }: SignedQuote): z.input<typeof signedQuoteSchema> {
  return { quote: { ...quote, params: ticketParamsToWire(quote.params) }, signature };
}

/** A signed quote from parsed JSON. Errors: `QuoteInvalid`. Its signature and sense are checked by `verifyQuote`. */
export function parseQuote(input: unknown): SignedQuote {
  const parsed = signedQuoteSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("QuoteInvalid", describeIssues(parsed.error));
}

const QUOTE_HASH = keccak(Buffer.from(QUOTE_TYPE));
const COMMITMENT_HASH = keccak(Buffer.from(COMMITMENT_TYPE));
const struct = new Words(13);
struct.bytes.set(QUOTE_HASH, 0);
const commitmentStruct = new Words(3);
commitmentStruct.bytes.set(COMMITMENT_HASH, 0);

/** EIP-712 digest. */
export function quoteDigest({ params, ...quote }: OfferedQuote, domain: VerificationDomain): string {
  const { terms, commitments } = params;
  const hashes = Buffer.alloc(commitments.length * WORD);
  commitments.forEach(({ index, commitment }, i) => {
    commitmentStruct.uint(1, index);
    commitmentStruct.bytes32(2, commitment);
    hashes.set(keccak(commitmentStruct.bytes), i * WORD);
  });
  struct.address(1, quote.orchestrator);
  struct.address(2, quote.sender);
  struct.bytes32(3, quote.service);
  struct.bytes32(4, quote.nonce);
  struct.number(5, quote.capacity);
  struct.uint(6, terms.price.numerator);
  struct.uint(7, terms.price.denominator);
  struct.number(8, terms.validUntil);
  struct.uint(9, params.faceValue);
  struct.number(10, params.creationRound);
  struct.bytes.set(keccak(hashes), 11 * WORD);
  struct.bytes32(12, terms.mac);
  const separator = domainSeparator(VERIFICATION_DOMAIN_NAME, domain.chainId, domain.verifyingContract);
  return typedDigest(separator, keccak(struct.bytes));
}

/** Signs as `quote.orchestrator`. */
export async function signQuote(
  signer: DigestSigner,
  quote: OfferedQuote,
  domain: VerificationDomain,
): Promise<SignedQuote> {
  return { quote, signature: await signer.signDigest(quoteDigest(quote, domain)) };
}

/**
 * Checks that the quote answers this question and is signed by the orchestrator that was asked. Price, expiry and round are the sender's
 * to judge when it opens a session. Errors: `QuoteInvalid`, with the field that differs.
 */
export function verifyQuote(
  { quote, signature }: SignedQuote,
  asked: QuoteSubject & { readonly orchestrator: string },
  domain: VerificationDomain,
): void {
  const pairs = [
    ["orchestrator", quote.orchestrator, asked.orchestrator],
    ["sender", quote.sender, asked.sender],
    ["service", quote.service, asked.service],
    ["nonce", quote.nonce, asked.nonce],
    ["params.recipient", quote.params.recipient, asked.orchestrator],
    ["params.sender", quote.params.sender, asked.sender],
  ] as const;
  for (const [field, found, wanted] of pairs) {
    if (found.toLowerCase() === wanted.toLowerCase()) continue;
    throw new StreamflowError("QuoteInvalid", `${field} is ${found}, asked was ${wanted}`, { field });
  }
  const signer = recoverSigner(quoteDigest(quote, domain), signature);
  if (signer === quote.orchestrator) return;
  throw new StreamflowError("QuoteInvalid", `signed by ${signer ?? "nobody"}, not by ${quote.orchestrator}`, {
    field: "signature",
  });
}
