import { z } from "zod";
import { checksumAddress } from "./crypto.ts";

/** Probability one on the 1e18 scale. */
export const ONE = 10n ** 18n;

/** An unsigned integer of at most `bits` bits as a canonical decimal string; becomes a bigint. */
export function decimalSchema(bits: number) {
  const limit = 1n << BigInt(bits);
  return z
    .string()
    .max(78)
    .regex(/^(0|[1-9][0-9]*)$/, "expected an unsigned decimal integer")
    .transform((text) => BigInt(text))
    .refine((value) => value < limit, `expected at most ${bits} bits`);
}

/** `bytes` bytes of 0x-prefixed hex in any case; becomes lower case. */
export function hexSchema(bytes: number) {
  return z
    .string()
    .length(2 + 2 * bytes)
    .regex(/^0x[0-9a-fA-F]*$/, "expected hex")
    .transform((text) => text.toLowerCase());
}

const ONE_CASE = /^0x([0-9a-f]*|[0-9A-F]*)$/;

/** An address, in one case or with a right checksum; becomes checksummed. */
export const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "expected an address")
  .transform((text, context) => {
    const address = checksumAddress(text.slice(2).toLowerCase());
    if (address === text || ONE_CASE.test(text)) return address;
    context.addIssue({ code: "custom", message: "wrong address checksum" });
    return z.NEVER;
  });

/** A count, length or time that a JSON number holds exactly. */
export const safeIntegerSchema = z.int().min(0);

export const uint32Schema = z.int().min(0).max(0xffffffff);

/** One line for a coded error: where the input is wrong and why, without repeating the input. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`)
    .join("; ");
}
