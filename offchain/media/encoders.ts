import { HARDWARE, HARDWARE_ENCODERS, type HardwareEncoder } from "./hardware.ts";
import type { FfmpegInfo } from "./interface.ts";
import { parseSegment } from "./mpegts.ts";
import { startFfmpeg } from "./process.ts";

/** {ms} A driver that hangs is none. */
const PROBE_MS = 5_000;
const FRAMES = 5;
const PROBE_CRF = 23;
const MOST_BYTES = 1_048_576;

/**
 * The hardware encoders that work here: each really encodes some frames, since ffmpeg lists those that it was built with whether or not there is a
 * device.
 */
export async function probeHardwareEncoders(ffmpeg: Pick<FfmpegInfo, "path">): Promise<HardwareEncoder[]> {
  const present = await Promise.all(HARDWARE_ENCODERS.map((encoder) => encodes(ffmpeg, encoder)));
  return HARDWARE_ENCODERS.filter((_, index) => present[index]);
}

async function encodes(ffmpeg: Pick<FfmpegInfo, "path">, encoder: HardwareEncoder): Promise<boolean> {
  const { global, filter, options } = HARDWARE[encoder];
  const child = startFfmpeg(
    ffmpeg,
    [
      ...["-nostdin", "-nostats", "-v", "error", ...global],
      // Some devices refuse pictures below 145 × 49.
      ...["-f", "lavfi", "-i", `testsrc2=size=320x240:rate=30`, "-frames:v", String(FRAMES)],
      ...["-vf", filter, ...options(PROBE_CRF), "-f", "mpegts", "pipe:1"],
    ],
    { timeoutMs: PROBE_MS, readOutput: true },
  );
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout?.on("data", (bytes: Buffer) => {
    length += bytes.length;
    if (length <= MOST_BYTES) chunks.push(bytes);
  });
  try {
    await child.done;
    return parseSegment(Buffer.concat(chunks)).frames === FRAMES;
  } catch {
    return false;
  }
}
