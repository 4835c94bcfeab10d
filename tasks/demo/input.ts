import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { FfmpegRunner } from "../../offchain/media/interface.ts";

/** Frames per second, and between two keyframes of the generated clip. */
const RATE = 30;
const KEYFRAME_INTERVAL = 60;

/** A clip with moving picture and sound, made here: nothing is downloaded. */
export async function generateClip(
  runner: FfmpegRunner,
  dir: string,
  seconds: number,
  size = "1280x720",
): Promise<string> {
  const file = join(dir, `generated-${size}-${seconds}s.mp4`);
  if (
    await stat(file).then(
      ({ size }) => size > 0,
      () => false,
    )
  )
    return file;
  await runner.run({
    inputs: [
      { source: `testsrc2=size=${size}:rate=${RATE}:duration=${seconds}`, options: ["-f", "lavfi"] },
      { source: `sine=frequency=330:beep_factor=3:sample_rate=48000:duration=${seconds}`, options: ["-f", "lavfi"] },
    ],
    outputs: [
      {
        target: file,
        options: [
          ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"],
          ...["-g", String(KEYFRAME_INTERVAL), "-keyint_min", String(KEYFRAME_INTERVAL), "-sc_threshold", "0"],
          ...["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"],
        ],
      },
    ],
    timeoutMs: 120_000 + seconds * 2_000,
  });
  return file;
}
