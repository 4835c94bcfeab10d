import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";

const wei = z.string().regex(/^\d+$/);

/** A broadcaster's account of one stream; amounts in wei, times in seconds. */
export const streamReportSchema = z.strictObject({
  stream: z.string(),
  broadcaster: z.string(),
  /** How the input was cut: `copy` at its own keyframes, `encode` with forced ones. */
  ingest: z.enum(["copy", "encode"]),
  segments: z.int(),
  missing: z.array(z.int()),
  deliveredPercent: z.number(),
  renditions: z.array(z.strictObject({ name: z.string(), width: z.int(), height: z.int() })),
  mediaSeconds: z.number(),
  wallSeconds: z.number(),
  ticketsSent: z.int(),
  /** Sum of face values signed, and of what the tickets were worth on average. */
  faceValueWei: wei,
  expectedValueWei: wei,
  orchestrators: z.array(z.strictObject({ address: z.string(), segments: z.int(), ticketsSent: z.int() })),
});

export type StreamReport = z.infer<typeof streamReportSchema>;

/** Writes JSON so that a reader never sees half of it. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`);
  await rename(partial, file);
}
