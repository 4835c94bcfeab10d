import type { FfmpegInfo } from "./interface.ts";
import { parseSegment } from "./mpegts.ts";
import { startFfmpeg } from "./process.ts";

/** {ms} A driver that hangs is none. */
const PROBE_MS = 5_000;
const FRAMES = 5;
const MOST_BYTES = 1_048_576;

/** H.264 encoders in hardware, by ffmpeg's names, and what stands before the input and in front of the encoder. */
const ENCODERS = {
  h264_nvenc: { global: [], filter: "format=yuv420p" },
  h264_qsv: { global: ["-init_hw_device", "qsv=hw"], filter: "format=nv12" },
  h264_vaapi: { global: ["-vaapi_device", "/dev/dri/renderD128"], filter: "format=nv12,hwupload" },
  h264_videotoolbox: { global: [], filter: "format=nv12" },
} as const;

export type HardwareEncoder = keyof typeof ENCODERS;
export const HARDWARE_ENCODERS = Object.keys(ENCODERS) as [HardwareEncoder, ...HardwareEncoder[]];

/**
 * The hardware encoders that work here: each really encodes some frames, since ffmpeg lists those that it was built with whether or not there is a
 * device. No segment is transcoded with them: another encoder makes other bits, and what is sold can be repeated bit by bit.
 */
export async function probeHardwareEncoders(ffmpeg: Pick<FfmpegInfo, "path">): Promise<HardwareEncoder[]> {
  const present = await Promise.all(HARDWARE_ENCODERS.map((encoder) => encodes(ffmpeg, encoder)));
  return HARDWARE_ENCODERS.filter((_, index) => present[index]);
}

async function encodes(ffmpeg: Pick<FfmpegInfo, "path">, encoder: HardwareEncoder): Promise<boolean> {
  const { global, filter } = ENCODERS[encoder];
  const child = startFfmpeg(
    ffmpeg,
    [
      ...["-nostdin", "-nostats", "-v", "error", ...global],
      // Some devices refuse pictures below 145 × 49.
      ...["-f", "lavfi", "-i", `testsrc2=size=320x240:rate=30`, "-frames:v", String(FRAMES)],
      ...["-vf", filter, "-c:v", encoder, "-f", "mpegts", "pipe:1"],
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
