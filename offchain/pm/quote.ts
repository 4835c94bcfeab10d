import { z } from "zod";
import { keccakHex } from "./crypto.ts";
import { Words } from "./encoding.ts";
import type { Payment, Price, QuoteTerms, TicketParams } from "./interface.ts";
import { priceSchema, priceToWire } from "./price.ts";
import { addressSchema, decimalSchema, hexSchema, safeIntegerSchema, uint32Schema } from "./schema.ts";
import { signedTicketSchema, ticketToWire } from "./ticket.ts";

// The wire forms of quotes and payments, and the secrets from which a recipient derives what it promised.

/** Most commitments that a quote may carry. */
export const MAX_WINDOW = 64;

export const quoteTermsSchema = z.strictObject({
  price: priceSchema,
  validUntil: safeIntegerSchema,
  mac: hexSchema(32),
});

export const commitmentSchema = z.strictObject({ index: decimalSchema(32), commitment: hexSchema(32) });

export const ticketParamsSchema = z.strictObject({
  recipient: addressSchema,
  sender: addressSchema,
  faceValue: decimalSchema(96).refine((value) => value > 0n, "expected a positive face value"),
  creationRound: uint32Schema,
  commitments: z.array(commitmentSchema).min(1).max(MAX_WINDOW),
  terms: quoteTermsSchema,
});

/** `{ticket, signature, terms}` */
export const paymentSchema = signedTicketSchema.extend({ terms: quoteTermsSchema });

function termsToWire(terms: QuoteTerms): z.input<typeof quoteTermsSchema> {
  return { ...terms, price: priceToWire(terms.price) };
}

/** JSON-ready form; `ticketParamsSchema` reads it back. */
export function ticketParamsToWire(params: TicketParams): z.input<typeof ticketParamsSchema> {
  return {
    recipient: params.recipient,
    sender: params.sender,
    faceValue: params.faceValue.toString(),
    creationRound: params.creationRound,
    commitments: params.commitments.map(({ index, commitment }) => ({ index: index.toString(), commitment })),
    terms: termsToWire(params.terms),
  };
}

/** JSON-ready form; `paymentSchema` reads it back. */
export function paymentToWire(payment: Payment): z.input<typeof paymentSchema> {
  return {
    ticket: ticketToWire(payment.ticket),
    signature: payment.signature,
    terms: termsToWire(payment.terms),
  };
}

// Keccak-256 behind the secret is a pseudo-random function: a sponge shows none of its state. Every input is fixed-width words behind a
// domain word, so that no two meanings share an encoding.
const RAND_DOMAIN = 1;
const TERMS_DOMAIN = 2;
const rand = new Words(7);
rand.number(1, RAND_DOMAIN);
const marked = new Words(9);
marked.number(1, TERMS_DOMAIN);

/** The secret number behind a commitment. It differs for every recipient, sender, face value, creation round and index. */
export function deriveRand(
  secret: Uint8Array,
  of: { recipient: string; sender: string; faceValue: bigint; creationRound: number; index: bigint },
): string {
  rand.bytes.set(secret, 0);
  rand.address(2, of.recipient);
  rand.address(3, of.sender);
  rand.uint(4, of.faceValue);
  rand.number(5, of.creationRound);
  rand.uint(6, of.index);
  return keccakHex(rand.bytes);
}

/** The recipient's own mark under the terms of a quote. */
export function deriveTermsMac(
  secret: Uint8Array,
  of: {
    recipient: string;
    sender: string;
    faceValue: bigint;
    creationRound: number;
    price: Price;
    validUntil: number;
  },
): string {
  marked.bytes.set(secret, 0);
  marked.address(2, of.recipient);
  marked.address(3, of.sender);
  marked.uint(4, of.faceValue);
  marked.number(5, of.creationRound);
  marked.uint(6, of.price.numerator);
  marked.uint(7, of.price.denominator);
  marked.number(8, of.validUntil);
  return keccakHex(marked.bytes);
}
