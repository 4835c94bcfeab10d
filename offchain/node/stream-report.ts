import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { IngestPlan, Rendition } from "../media/interface.ts";
import type { StreamAccount } from "./stream-account.ts";

const wei = z.string().regex(/^\d+$/);

/** A broadcaster's account of one stream; amounts in wei, times in seconds. */
export const streamReportSchema = z.strictObject({
  stream: z.string(),
  broadcaster: z.string(),
  /** How the input was cut: `copy` at its own keyframes, `encode` with forced ones. */
  ingest: z.enum(["copy", "encode"]),
  segments: z.int(),
  /** The first 10,000 of them. */
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

/** The report of a stream that has ended. */
export function makeReport(of: {
  stream: string;
  broadcaster: string;
  ingest: IngestPlan["mode"];
  renditions: readonly Rendition[];
  account: StreamAccount;
  seconds: number;
}): StreamReport {
  const { account } = of;
  const delivered = account.segments - account.missing;
  return {
    stream: of.stream,
    broadcaster: of.broadcaster,
    ingest: of.ingest,
    segments: account.segments,
    missing: [...account.missingSequences],
    deliveredPercent: account.segments === 0 ? 0 : (100 * delivered) / account.segments,
    renditions: of.renditions.map(({ name, width, height }) => ({ name, width, height })),
    mediaSeconds: account.mediaMs / 1000,
    wallSeconds: of.seconds,
    ticketsSent: account.ticketsSent,
    faceValueWei: account.faceValue.toString(),
    expectedValueWei: account.expectedValue.toString(),
    orchestrators: [...account.shares()].map(([address, share]) => ({ address, ...share })),
  };
}
