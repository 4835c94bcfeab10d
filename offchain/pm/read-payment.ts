import { checksumAddress } from "./crypto.ts";
import type { Payment, Price, QuoteTerms, Ticket } from "./interface.ts";
import { ONE } from "./schema.ts";

// `paymentSchema` decides what a payment is, but takes as long as all hashes of a ticket together. This reads what is plainly one, in the
// form in which `paymentToWire` writes it, and leaves everything else to the schema: whatever it returns, the schema returns too.

const PAYMENT = ["ticket", "signature", "terms"] as const;
const TICKET = [
  "recipient",
  "sender",
  "faceValue",
  "winProb",
  "salt",
  "commitment",
  "commitmentIndex",
  "creationRound",
] as const;
const TERMS = ["price", "validUntil", "mac"] as const;
const PRICE = ["numerator", "denominator"] as const;

const LIMIT_32 = 1n << 32n;
const LIMIT_64 = 1n << 64n;
const LIMIT_96 = 1n << 96n;
const LIMIT_128 = 1n << 128n;

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const HEX = /^0x[0-9a-f]*$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,38})$/;

/** The payment, or null when it takes the schema to tell. */
export function readPayment(input: unknown): Payment | null {
  if (!isRecord(input, PAYMENT) || !isHex(input.signature, 65)) return null;
  const ticket = readTicket(input.ticket);
  const terms = readTerms(input.terms);
  return ticket === null || terms === null ? null : { ticket, signature: input.signature, terms };
}

function readTicket(input: unknown): Ticket | null {
  if (!isRecord(input, TICKET)) return null;
  const { recipient, sender, commitment, creationRound } = input;
  const faceValue = readDecimal(input.faceValue, LIMIT_96);
  const winProb = readDecimal(input.winProb, ONE + 1n);
  const salt = readDecimal(input.salt, LIMIT_128);
  const commitmentIndex = readDecimal(input.commitmentIndex, LIMIT_32);
  if (faceValue === null || winProb === null || salt === null || commitmentIndex === null) return null;
  if (!isAddress(recipient) || !isAddress(sender)) return null;
  if (!isHex(commitment, 32) || !isCount(creationRound, 0xffffffff)) return null;
  return { recipient, sender, faceValue, winProb, salt, commitment, commitmentIndex, creationRound };
}

function readTerms(input: unknown): QuoteTerms | null {
  if (!isRecord(input, TERMS)) return null;
  const { validUntil, mac } = input;
  const price = readPrice(input.price);
  if (price === null || !isCount(validUntil, Number.MAX_SAFE_INTEGER) || !isHex(mac, 32)) return null;
  return { price, validUntil, mac };
}

function readPrice(input: unknown): Price | null {
  if (!isRecord(input, PRICE)) return null;
  const numerator = readDecimal(input.numerator, LIMIT_96);
  const denominator = readDecimal(input.denominator, LIMIT_64);
  return numerator === null || denominator === null || denominator === 0n ? null : { numerator, denominator };
}

/** Whether it is an object as JSON makes it, with these keys and no others. */
function isRecord<K extends string>(value: unknown, keys: readonly K[]): value is Record<K, unknown> {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

function readDecimal(value: unknown, limit: bigint): bigint | null {
  if (typeof value !== "string" || !DECIMAL.test(value)) return null;
  const number = BigInt(value);
  return number < limit ? number : null;
}

/** Lower-case hex of that many bytes. */
function isHex(value: unknown, bytes: number): value is string {
  return typeof value === "string" && value.length === 2 + 2 * bytes && HEX.test(value);
}

/** An address with its checksum. */
function isAddress(value: unknown): value is string {
  return typeof value === "string" && ADDRESS.test(value) && checksumAddress(value.slice(2).toLowerCase()) === value;
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}
