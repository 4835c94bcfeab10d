import { createHash } from "node:crypto";
import { join } from "node:path";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import type { FfmpegRunner, Profile, SourceSegment } from "../../../offchain/media/interface.ts";
import { DEFAULT_LADDER, profileSchema } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";

/** A segment that an encoder has made; no other has its times. */
export type Made = Omit<SourceSegment, "sequence"> & { readonly digest: string };

/** What is streamed. */
export interface Material {
  readonly name: "small" | "real";
  readonly ladder: readonly Profile[];
  /** What it is, for the report. */
  readonly description: string;
  /** As many as are asked for. */
  segments(count: number): AsyncGenerator<Made, void, undefined>;
}

/** A segment may have a keyframe more or less than asked for. */
const SPARE = 2;

interface Generated {
  /** {ms} */
  readonly segmentMs: number;
  /** {1/s} */
  readonly rate: number;
  readonly size: string;
}

/** Segments that cost ffmpeg little more than its own start. */
export function smallMaterial(runner: FfmpegRunner, dir: string): Material {
  const of = { segmentMs: 500, rate: 8, size: "64x36" };
  return {
    name: "small",
    ladder: [profileSchema.parse({ name: "32p", shortSide: 32, preset: "ultrafast", crf: 30 })],
    description: "half a second of 64x36 with four pictures, one rendition of 32p",
    segments: (count) => generate(runner, join(dir, "small.ts"), of, count),
  };
}

/** Small pictures of live streams, in segments of so many seconds. */
export function soakMaterial(runner: FfmpegRunner, dir: string, seconds: number): Material {
  const of = { segmentMs: 1_000 * seconds, rate: 10, size: "160x90" };
  return {
    name: "small",
    ladder: [72, 48].map((shortSide) => profileSchema.parse({ name: `${shortSide}p`, shortSide })),
    description: `${seconds} s of 160x90 with ${10 * seconds} pictures, renditions of 72p and 48p`,
    segments: (count) => generate(runner, join(dir, "soak.ts"), of, count),
  };
}

async function* generate(
  runner: FfmpegRunner,
  file: string,
  { segmentMs, rate, size }: Generated,
  count: number,
): AsyncGenerator<Made, void, undefined> {
  const seconds = ((count + SPARE) * segmentMs) / 1_000;
  const keyframes = String((rate * segmentMs) / 1_000);
  await runner.run({
    inputs: [{ source: `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`, options: ["-f", "lavfi"] }],
    outputs: [
      {
        target: file,
        options: [
          ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", keyframes],
          ...["-keyint_min", keyframes, "-f", "mpegts"],
        ],
      },
    ],
    timeoutMs: 600_000,
  });
  yield* cut(runner, { path: file }, segmentMs, count);
}

/** {ms} */
const REAL_MS = 2_000;
/** {s} Of the clip that is encoded; it comes again and again. */
const REAL_SECONDS = 60;

/** Two seconds of a clip at a time, over and over; its times go on. */
export function realMaterial(runner: FfmpegRunner, dir: string, clip: string, name: string): Material {
  return {
    name: "real",
    ladder: DEFAULT_LADDER,
    description: `two seconds of ${name}, over and over, and the default ladder`,
    async *segments(count) {
      const [keyed, long] = [join(dir, "keyed.mp4"), join(dir, "long.mp4")];
      const streams = ["-map", "0:v:0", "-map", "0:a:0?"];
      // Once, with a keyframe where each segment begins: an encoder of live video does so, a clip need not.
      await runner.run({
        inputs: [{ source: clip, options: ["-stream_loop", "-1"] }],
        outputs: [
          {
            target: keyed,
            options: [
              ...["-t", String(REAL_SECONDS), ...streams, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"],
              ...["-pix_fmt", "yuv420p", "-force_key_frames", `expr:gte(t,n_forced*${REAL_MS / 1_000})`, "-c:a", "aac"],
            ],
          },
        ],
        timeoutMs: 600_000,
      });
      const seconds = ((count + SPARE) * REAL_MS) / 1_000;
      await runner.run({
        inputs: [{ source: keyed, options: ["-stream_loop", "-1"] }],
        outputs: [{ target: long, options: ["-t", String(seconds), ...streams, "-c", "copy"] }],
        timeoutMs: 600_000,
      });
      yield* cut(runner, { path: long }, REAL_MS, count);
    },
  };
}

async function* cut(
  { ffmpeg }: FfmpegRunner,
  input: { readonly path: string },
  segmentMs: number,
  count: number,
): AsyncGenerator<Made, void, undefined> {
  const plan = planIngest(await probeInput(ffmpeg, input), { segmentMs });
  let made = 0;
  for await (const { bytes, info } of cutSegments(ffmpeg, input, plan)) {
    if (made++ === count) return;
    yield { bytes, info, digest: digestOf(bytes) };
  }
  if (made < count) throw new Error(`${made} of ${count} segments could be cut`);
}

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
