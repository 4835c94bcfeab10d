import { z } from "zod";
import { StreamflowError } from "../../errors.ts";

/** What counts steps is 64 bits long: LIP-5. */
export const MAX_STEP = 2n ** 64n - 1n;

/** {1} A number of steps: decimal digits, or a power of two. */
export const stepsSchema = z
  .string()
  .regex(/^(\d{1,20}|2\^\d{1,2})$/, "not a number of steps, such as 1000 or 2^20")
  .transform((text) => (text.startsWith("2^") ? 2n ** BigInt(text.slice(2)) : BigInt(text)))
  .refine((steps) => steps <= MAX_STEP, "more than 2^64 − 1 steps");

export const caseSchema = z.object({
  program: z.string().min(1),
  parameters: z.string().optional(),
  source: z.string().optional(),
  output: z.string().optional(),
  outputIndex: z
    .string()
    .regex(/^\d{1,10}$/, "not a number from 0 to 2^32 − 1")
    .transform(Number)
    .refine((index) => index < 2 ** 32, "not a number from 0 to 2^32 − 1"),
});

export type CaseArguments = z.infer<typeof caseSchema>;

/** A command's options, by commander's names. Errors: `ArgumentInvalid`, which names them as they are typed. */
export function parseArguments<T>(schema: z.ZodType<T>, options: unknown): T {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = String(issue!.path[0] ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new StreamflowError("ArgumentInvalid", option === "" ? issue!.message : `--${option}: ${issue!.message}`);
}
