import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FfmpegRunner, Rendition } from "../media/interface.ts";
import { DEFAULT_LADDER, encoderOptions, fitLadder, MPEGTS_OUTPUT, outputPixels } from "../media/ladder.ts";
import { parseSegment } from "../media/mpegts.ts";
import { transcode } from "../media/transcode.ts";
import type { Speed } from "./interface.ts";

/** What is transcoded: 720p30, as a camera would send it. */
const SIZE = { width: 1280, height: 720 };
const RATE = 30;
const SECONDS = 1;
/** {ms} For each step of the benchmark: who needs longer is no transcoder. */
const STEP_MS = 30_000;

export interface BenchmarkOptions {
  /** {1} Of the machine. */
  readonly cores: number;
  /** {1} Segments at the same time, as its operator wants it; undefined has it found out. */
  readonly capacity?: number | undefined;
}

export interface Benchmark {
  readonly speed: Speed;
  readonly capacity: number;
}

/**
 * Sends one generated segment through the default ladder: alone, then as many as the machine is to take at the same time. Without a capacity, one for each
 * core; the capacity is then the number of streams that it can keep up with.
 * @throws StreamflowError TranscodeFailed when ffmpeg does not do it
 */
export async function measure(runner: FfmpegRunner, { cores, capacity }: BenchmarkOptions): Promise<Benchmark> {
  const segment = await generate(runner);
  const renditions = fitLadder(DEFAULT_LADDER, SIZE);
  const single = await pace(runner, segment, renditions, 1);
  // More processes than twice the cores only wait for each other.
  const together = Math.max(1, Math.min(capacity ?? cores, 2 * cores));
  const full = together === 1 ? single : await pace(runner, segment, renditions, together);
  return { speed: { single, full }, capacity: capacity ?? capacityFor(full, cores) };
}

/** {1} 720p30 streams with the default ladder that a speed {pixel/s} keeps up with, for a machine of so many cores: 1 to 256. */
export function capacityFor(speed: number, cores: number): number {
  const second = Number(outputPixels(fitLadder(DEFAULT_LADDER, SIZE), RATE));
  return Math.max(1, Math.min(Math.floor(speed / second), 2 * cores, 256));
}

/** {pixel/s} Of so many at the same time, all together. */
async function pace(
  runner: FfmpegRunner,
  segment: Uint8Array,
  renditions: readonly Rendition[],
  together: number,
): Promise<number> {
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: together }, () => transcode(runner, segment, renditions, { timeoutMs: STEP_MS })),
  );
  const seconds = (performance.now() - begun) / 1_000;
  const pixels = Number(outputPixels(renditions, parseSegment(segment).frames));
  return Math.max(1, Math.round((pixels * together) / seconds));
}

/** Moving shapes under some noise: smooth ones alone would be too easy. */
async function generate(runner: FfmpegRunner): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), "benchmark-"));
  try {
    const target = join(directory, "source.ts");
    const { width, height } = SIZE;
    await runner.run({
      inputs: [
        {
          source: `testsrc2=size=${width}x${height}:rate=${RATE}:duration=${SECONDS},noise=alls=8:allf=t,format=yuv420p`,
          options: ["-f", "lavfi"],
        },
      ],
      outputs: [{ target, options: [...encoderOptions({ preset: "ultrafast", crf: 23 }, "auto"), ...MPEGTS_OUTPUT] }],
      timeoutMs: STEP_MS,
    });
    return await readFile(target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
