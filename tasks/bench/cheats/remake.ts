import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FfmpegRunner, Rendition, SegmentInfo, SourceSegment } from "../../../offchain/media/interface.ts";
import { encoderOptions, EXACT_SCALER, MPEGTS_OUTPUT } from "../../../offchain/media/ladder.ts";
import { inPrivateDirectory } from "../../../offchain/media/private-directory.ts";
import { TIMEOUT_MS } from "./options.ts";

const QUIET = ["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-copyts"];
const MPEGTS = ["-f", "mpegts"];

export interface Changes {
  /** Filters before and after the scaler. */
  readonly before?: string;
  readonly after?: string;
  readonly scaler?: string;
  readonly size?: { readonly width: number; readonly height: number };
  /** Options of the encoder that replace the ordered ones. */
  readonly encoder?: readonly string[];
}

/** Makes a rendition of a segment in another way than ordered. */
export function remake(
  runner: FfmpegRunner,
  source: Uint8Array,
  asked: Rendition,
  { before, after, scaler = EXACT_SCALER, size = asked, encoder = [] }: Changes,
): Promise<Buffer> {
  return inPrivateDirectory(async (directory) => {
    const [from, to] = [join(directory, "from.ts"), join(directory, "to.ts")];
    await writeFile(from, source);
    const scale = `scale=${size.width}:${size.height}:flags=${scaler}`;
    const filters = [before, scale, after, "format=yuv420p"].filter((filter) => filter !== undefined);
    await runner.run({
      global: QUIET,
      inputs: [{ source: from, options: MPEGTS }],
      filterGraph: `[0:v]${filters.join(",")}[r]`,
      outputs: [{ target: to, options: ["-map", "[r]", ...outputOptions("0:a?", asked, encoder)] }],
      timeoutMs: TIMEOUT_MS,
    });
    return readFile(to);
  });
}

function outputOptions(audio: string, asked: Rendition, encoder: readonly string[]): string[] {
  const separate = ["-mpegts_flags", "+initial_discontinuity"];
  return ["-map", audio, "-c:a", "copy", ...encoderOptions(asked), ...encoder, ...separate, ...MPEGTS_OUTPUT];
}

/** I420 pictures of a rendition's size. */
export type Frames = readonly Buffer[];

/** What an honest encoder would be given. */
export function scaledFrames(runner: FfmpegRunner, source: Uint8Array, { width, height }: Rendition): Promise<Frames> {
  return inPrivateDirectory(async (directory) => {
    const [from, to] = [join(directory, "from.ts"), join(directory, "to.yuv")];
    await writeFile(from, source);
    await runner.run({
      global: QUIET,
      inputs: [{ source: from, options: MPEGTS }],
      filterGraph: `[0:v]scale=${width}:${height}:flags=${EXACT_SCALER},format=yuv420p[r]`,
      outputs: [{ target: to, options: ["-map", "[r]", "-fps_mode", "passthrough", "-f", "rawvideo"] }],
      timeoutMs: TIMEOUT_MS,
    });
    const bytes = await readFile(to);
    const length = (width * height * 3) / 2;
    return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
  });
}

/** Encodes pictures as ordered, at the times of a segment whose pictures are evenly spaced. */
export function encodeFrames(
  runner: FfmpegRunner,
  frames: Frames,
  { bytes, info }: SourceSegment,
  asked: Rendition,
): Promise<Buffer> {
  return inPrivateDirectory(async (directory) => {
    const [raw, from, to] = [join(directory, "from.yuv"), join(directory, "from.ts"), join(directory, "to.ts")];
    await Promise.all([writeFile(raw, Buffer.concat(frames)), writeFile(from, bytes)]);
    const size = `${asked.width}x${asked.height}`;
    await runner.run({
      global: QUIET,
      inputs: [
        { source: raw, options: ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", size, "-framerate", "1000"] },
        { source: from, options: MPEGTS },
      ],
      filterGraph: `[0:v]settb=1/90000,setpts=${info.firstPts}+N*${spacing(info)}[r]`,
      outputs: [{ target: to, options: ["-map", "[r]", ...outputOptions("1:a?", asked, [])] }],
      timeoutMs: TIMEOUT_MS,
    });
    return readFile(to);
  });
}

/** {1/90,000 s} */
function spacing({ firstPts, lastPts, frames }: SegmentInfo): number {
  return frames < 2 ? 0 : (lastPts - firstPts) / (frames - 1);
}
