import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, type types } from "hls-parser";
import type { Rendition } from "../../../offchain/media/interface.ts";
import { judgeStructure, SOURCE_NAME } from "../../../offchain/media/ladder.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import type { Sent } from "./encoder.ts";
import { digestOf } from "./source.ts";

/** What became of segments. */
export interface Counts {
  sent: number;
  delivered: number;
  sourceOnly: number;
  gap: number;
  outOfOrder: number;
  duplicated: number;
  bad: number;
}

export const noCounts = (): Counts => ({
  sent: 0,
  delivered: 0,
  sourceOnly: 0,
  gap: 0,
  outOfOrder: 0,
  duplicated: 0,
  bad: 0,
});

/** One variant of what was published: bytes of each segment in order, null for a gap. */
export type Published = readonly (Uint8Array | null)[];

/** Reads a recording from the directory of a stream, as a player would. */
export async function readRecording(dir: string, variant: string): Promise<Published> {
  const [only, ...others] = await readdir(dir);
  if (only === undefined || others.length > 0) throw new Error(`${dir} holds ${others.length + 1} recordings`);
  const at = join(dir, only, variant);
  const playlist = parse(await readFile(join(at, "recording.m3u8"), "utf8")) as types.MediaPlaylist;
  if (!playlist.endlist) throw new Error(`${at} has not ended`);
  return Promise.all(playlist.segments.map(async ({ uri, gap }) => (gap ? null : readFile(join(at, uri)))));
}

/**
 * Compares what was published of one stream with what was sent.
 * @param renditions by name
 * @param genuine    whether an orchestrator has sent these bytes, by their digest
 * @returns counts by the kind of fault that was in force, and what is wrong, in words
 */
export function audit(
  sent: readonly Sent[],
  source: Published,
  renditions: ReadonlyMap<string, { readonly asked: Rendition; readonly published: Published }>,
  genuine: (digest: string) => boolean,
): { counts: Map<string, Counts>; findings: string[] } {
  const counts = new Map<string, Counts>();
  const findings: string[] = [];
  const of = (kind: string): Counts => {
    const known = counts.get(kind) ?? noCounts();
    counts.set(kind, known);
    return known;
  };
  const find = (where: Sent | undefined, what: "outOfOrder" | "duplicated" | "bad" | "gap", text: string) => {
    of(where?.kind ?? "none")[what]++;
    findings.push(`${what}: ${text}`);
  };
  for (const { kind } of sent) of(kind).sent++;

  // The source says which segment stands at each position.
  const numbers = new Map(sent.map(({ digest, number }) => [digest, number]));
  const positions = new Map<number, number>();
  let last = -1;
  source.forEach((bytes, position) => {
    if (bytes === null) return;
    const number = numbers.get(digestOf(bytes));
    if (number === undefined) return find(sent[position], "bad", `source ${position} is none that was sent`);
    if (positions.has(number)) return find(sent[number], "duplicated", `segment ${number} again at ${position}`);
    positions.set(number, position);
    if (number < last) find(sent[number], "outOfOrder", `segment ${number} after ${last}`);
    last = Math.max(last, number);
  });

  for (const one of sent) {
    const position = positions.get(one.number);
    if (position === undefined) {
      find(one, "gap", `segment ${one.number} was not published`);
      continue;
    }
    let isWhole = true;
    for (const [name, { asked, published }] of renditions) {
      const bytes = published[position];
      if (bytes === null || bytes === undefined) isWhole = false;
      else {
        const why = wrongness(one, asked, bytes) ?? (genuine(digestOf(bytes)) ? null : "no orchestrator has sent it");
        if (why !== null) find(one, "bad", `segment ${one.number}, ${name}: ${why}`);
      }
    }
    of(one.kind)[isWhole ? "delivered" : "sourceOnly"]++;
  }
  return { counts, findings };
}

function wrongness({ info }: Sent, asked: Rendition, bytes: Uint8Array): string | null {
  try {
    return judgeStructure(info, asked, parseSegment(Buffer.from(bytes)));
  } catch (error) {
    return (error as Error).message;
  }
}

/** Reads a stream's recording and compares it. */
export async function auditStream(
  dir: string,
  sent: readonly Sent[],
  renditions: readonly Rendition[],
  genuine: (digest: string) => boolean,
): Promise<ReturnType<typeof audit>> {
  const published = new Map<string, { asked: Rendition; published: Published }>();
  for (const asked of renditions) published.set(asked.name, { asked, published: await readRecording(dir, asked.name) });
  return audit(sent, await readRecording(dir, SOURCE_NAME), published, genuine);
}
