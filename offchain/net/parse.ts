import type { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { describeIssues } from "../pm/schema.ts";

/** A part of a request, as its schema has it. Errors: `RequestInvalid`. */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new StreamflowError("RequestInvalid", describeIssues(parsed.error));
  return parsed.data;
}
