import { z } from "zod";
import { hmacHex } from "./crypto.ts";
import { WORD, writeAddress, writeUint } from "./encoding.ts";
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

// Every input is fixed-width words behind a domain word, so that no two meanings share an encoding.
const RAND_DOMAIN = 1;
const TERMS_DOMAIN = 2;

/** The secret number behind a commitment. It differs for every recipient, sender, face value, creation round and index. */
export function deriveRand(
  secret: Uint8Array,
  of: { recipient: string; sender: string; faceValue: bigint; creationRound: number; index: bigint },
): string {
  const words = Buffer.alloc(6 * WORD);
  writeUint(words, 0, RAND_DOMAIN);
  writeAddress(words, WORD, of.recipient);
  writeAddress(words, 2 * WORD, of.sender);
  writeUint(words, 3 * WORD, of.faceValue);
  writeUint(words, 4 * WORD, of.creationRound);
  writeUint(words, 5 * WORD, of.index);
  return hmacHex(secret, words);
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
  const words = Buffer.alloc(8 * WORD);
  writeUint(words, 0, TERMS_DOMAIN);
  writeAddress(words, WORD, of.recipient);
  writeAddress(words, 2 * WORD, of.sender);
  writeUint(words, 3 * WORD, of.faceValue);
  writeUint(words, 4 * WORD, of.creationRound);
  writeUint(words, 5 * WORD, of.price.numerator);
  writeUint(words, 6 * WORD, of.price.denominator);
  writeUint(words, 7 * WORD, of.validUntil);
  return hmacHex(secret, words);
}
