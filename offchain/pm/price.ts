import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { ceilDiv } from "./formulas.ts";
import type { Price, Ticket } from "./interface.ts";
import { decimalSchema, ONE } from "./schema.ts";

// Arithmetic of the payments: integers only, every rounding named.

const MILLION = 1_000_000n;

/** Wire form of a price. Terms are bounded so that no fee leaves 256 bits. */
export const priceSchema = z.strictObject({
  numerator: decimalSchema(96),
  denominator: decimalSchema(64).refine((value) => value > 0n, "expected a positive denominator"),
});

export function priceToWire(price: Price): z.input<typeof priceSchema> {
  return { numerator: price.numerator.toString(), denominator: price.denominator.toString() };
}

/** {wei} Fee of `pixels` output pixels, rounded up. */
export function feeForPixels(price: Price, pixels: bigint): bigint {
  return ceilDiv(price.numerator * pixels, price.denominator * MILLION);
}

/** Sign of `a − b`: negative, zero or positive. */
export function comparePrices(a: Price, b: Price): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * {1e18} The lowest win probability with which a ticket is worth the fee, in [0, 1e18]. Errors: `FeeAboveFaceValue`.
 */
export function winProbFor(fee: bigint, faceValue: bigint): bigint {
  if (fee > faceValue) {
    throw new StreamflowError("FeeAboveFaceValue", `a ticket of ${faceValue} wei cannot pay a fee of ${fee} wei`, {
      feeWei: fee.toString(),
      faceValueWei: faceValue.toString(),
    });
  }
  return fee === 0n ? 0n : ceilDiv(fee * ONE, faceValue);
}

/** {wei·1e18} Expected value, exact. */
export function ticketValue(ticket: Pick<Ticket, "faceValue" | "winProb">): bigint {
  return ticket.faceValue * ticket.winProb;
}

/** {wei·1e18} An amount in wei on the scale of credits. */
export function toCredit(wei: bigint): bigint {
  return wei * ONE;
}
