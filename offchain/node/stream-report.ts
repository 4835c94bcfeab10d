import { rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { IngestPlan, Rendition } from "../media/interface.ts";
import type { Sender, SentTotals } from "../pm/interface.ts";
import { ONE } from "../pm/schema.ts";
import type { Delivered } from "./delivery.ts";

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

/** The ledger outlives streams: what one stream sent is a difference. */
export class SentBefore {
  readonly #sender: Sender;
  readonly all: SentTotals;
  readonly #by = new Map<string, SentTotals>();

  constructor(sender: Sender) {
    this.#sender = sender;
    this.all = sender.sent();
  }

  /** Called before anything of the stream is sent to it; again, it changes nothing. */
  note(orchestrator: string): void {
    if (!this.#by.has(orchestrator)) this.#by.set(orchestrator, this.#sender.sent(orchestrator));
  }

  /** In the order in which they came. */
  by(): ReadonlyMap<string, SentTotals> {
    return this.#by;
  }
}

/** The account of a stream that has ended. */
export function makeReport(of: {
  stream: string;
  broadcaster: string;
  sender: Sender;
  plan: IngestPlan;
  renditions: readonly Rendition[];
  account: readonly Omit<Delivered, "renditions">[];
  before: SentBefore;
  seconds: number;
}): StreamReport {
  const { account, sender, before } = of;
  const all = sender.sent();
  const missing = account.filter(({ orchestrator }) => orchestrator === null).map(({ sequence }) => sequence);
  return {
    stream: of.stream,
    broadcaster: of.broadcaster,
    ingest: of.plan.mode,
    segments: account.length,
    missing,
    deliveredPercent: account.length === 0 ? 0 : (100 * (account.length - missing.length)) / account.length,
    renditions: of.renditions.map(({ name, width, height }) => ({ name, width, height })),
    mediaSeconds: account.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000,
    wallSeconds: of.seconds,
    ticketsSent: Number(all.count - before.all.count),
    faceValueWei: (all.faceValue - before.all.faceValue).toString(),
    expectedValueWei: ((all.expectedValue - before.all.expectedValue) / ONE).toString(),
    orchestrators: [...before.by()].map(([address, { count }]) => ({
      address,
      segments: account.filter(({ orchestrator }) => orchestrator === address).length,
      ticketsSent: Number(sender.sent(address).count - count),
    })),
  };
}
