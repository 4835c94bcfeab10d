import { z } from "zod";

/** {ms} For one ffmpeg. Such that only one that hangs is killed: a run takes hours, beside whatever else the machine does. */
export const TIMEOUT_MS = 1_200_000;

/** One output that was looked at; a line of the journal from which a run goes on. */
export const recordSchema = z.strictObject({
  set: z.enum(["tuning", "validation"]),
  kind: z.string(),
  honest: z.boolean(),
  /** What it was ordered as. Cheats are ordered auditable; `final` says what became of them if they were not. */
  encoder: z.enum(["auditable", "fast"]),
  clip: z.string(),
  sequence: z.int(),
  asked: z.string(),
  structure: z.boolean(),
  gray: z.enum(["passed", "suspect", "failed"]),
  isEqual: z.boolean(),
  /** By pictures alone. */
  final: z.enum(["passed", "suspect", "failed"]),
  figures: z.record(z.string(), z.number()),
});

export type SampleRecord = z.infer<typeof recordSchema>;
