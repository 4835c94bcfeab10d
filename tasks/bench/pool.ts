import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createRunner, resolveFfmpeg } from "../../offchain/media/ffmpeg.ts";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import { writeJson } from "../../offchain/node/stream-report.ts";
import type { TranscoderPool, Work } from "../../offchain/pool/interface.ts";
import { drawTable } from "./gas/table.ts";
import { openPools } from "./pool/pools.ts";
import { ranOn } from "./ran-on.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));
/** {1} At the same time, and that a transcoder takes. */
const TOGETHER = 2;
/** Half a second of small pictures: the less ffmpeg takes, the more of the time is the way there and back. */
const CLIP = { size: "320x180", rate: 30, seconds: 0.5 };
const RENDITION = { name: "90p", width: 160, height: 90, encoder: "auditable", preset: "ultrafast", crf: 30 } as const;
/** {ms} */
const LIMIT_MS = 30_000;

/** `npx hardhat bench pool`: small segments through a WebSocket and through a queue in Redis, in turn, each to a transcoder process with ffmpeg. */
export default async function bench({ segments }: { segments: number }): Promise<void> {
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  const pools = await openPools(dir, TOGETHER);
  try {
    const work = await makeWork(dir);
    const both = [pools.webSocket, pools.queue] as const;
    // Not counted: code that is not compiled yet, connections that are not open.
    for (const pool of both) for (let i = 0; i < 10; i++) await once(pool, work);

    const alone: [number[], number[]] = [[], []];
    for (let i = 0; i < segments; i++)
      for (const which of [i % 2, (i + 1) % 2] as const) alone[which as 0 | 1].push(await once(both[which]!, work));
    const together: [number[], number[]] = [[], []];
    for (let i = 0; i < 10; i++)
      for (const which of [i % 2, (i + 1) % 2] as const)
        together[which as 0 | 1].push(await perSecond(both[which]!, work, Math.ceil(segments / 5)));

    const of = (which: 0 | 1) => ({
      medianMs: round(quantile(alone[which], 0.5)),
      p95Ms: round(quantile(alone[which], 0.95)),
      segmentsPerSecond: round(quantile(together[which], 0.5)),
    });
    const result = {
      webSocket: of(0),
      queue: of(1),
      segments,
      together: TOGETHER,
      segmentBytes: work.media.byteLength,
      ranOn: { ...ranOn(), load: os.loadavg()[0] },
    };
    await mkdir(RESULTS, { recursive: true });
    await writeJson(`${RESULTS}pool.json`, result);
    const rows = (
      [
        ["WebSocket", result.webSocket],
        ["queue", result.queue],
      ] as const
    ).map(([name, figures]) => [
      name,
      `${figures.medianMs} ms`,
      `${figures.p95Ms} ms`,
      `${figures.segmentsPerSecond} a second`,
    ]);
    process.stdout.write(`${drawTable(["", "median, one at a time", "95 of 100", `${TOGETHER} at a time`], rows)}\n`);
  } finally {
    await pools.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeWork(dir: string): Promise<Work> {
  const target = path.join(dir, "source.ts");
  const { size, rate, seconds } = CLIP;
  await createRunner(await resolveFfmpeg()).run({
    inputs: [{ source: `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`, options: ["-f", "lavfi"] }],
    outputs: [{ target, options: ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", "mpegts"] }],
    timeoutMs: LIMIT_MS,
  });
  const media = await readFile(target);
  return { media, source: parseSegment(media), renditions: [RENDITION], timeoutMs: LIMIT_MS };
}

/** {ms} */
async function once(pool: TranscoderPool, work: Work): Promise<number> {
  const begun = performance.now();
  const place = pool.reserve();
  try {
    await place.transcode(work, AbortSignal.timeout(LIMIT_MS));
    return performance.now() - begun;
  } finally {
    place.release();
  }
}

/** {segment/s} Of so many, with all places taken. */
async function perSecond(pool: TranscoderPool, work: Work, segments: number): Promise<number> {
  const begun = performance.now();
  let left = segments;
  const run = async () => {
    while (left-- > 0) await once(pool, work);
  };
  await Promise.all(Array.from({ length: TOGETHER }, run));
  return segments / ((performance.now() - begun) / 1_000);
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

const round = (value: number): number => Number(value.toFixed(1));
