import { open, stat } from "node:fs/promises";
import type { FfmpegRunner, PictureSize } from "../interface.ts";
import { EXACT_SCALER } from "../ladder.ts";
import { decodeAll } from "./decode.ts";
import type { CheckOptions, Comparison, Pair } from "./interface.ts";
import { psnr } from "./measures.ts";

/** {bytes} Of each video's luma that is written to disk. */
const MOST_BYTES = 33_554_432;
/** Pictures that are compared. */
const MOST_PICTURES = 30;
/** {steps} Added to both sides of a ratio of high frequencies, which flat pictures do not have. */
const FLAT = 0.1;

/**
 * Compares pictures at full size, a part of them, evenly spread.
 * @param own what this machine made of the same source
 * @throws FfmpegFailed, FfmpegTimedOut, or the signal's reason
 */
export function compare(
  runner: FfmpegRunner,
  { source, asked, got }: Pair,
  own: Uint8Array,
  options: CheckOptions,
): Promise<Comparison> {
  const pixels = asked.width * asked.height;
  const most = Math.max(1, Math.min(MOST_PICTURES, Math.floor(MOST_BYTES / pixels)));
  const sampled = `select='not(mod(n,${Math.ceil(source.info.frames / most)}))'`;
  const videos = [
    {
      bytes: source.bytes,
      filters: `${sampled},scale=${asked.width}:${asked.height}:flags=${EXACT_SCALER},format=gray`,
    },
    { bytes: got.bytes, filters: `${sampled},format=gray` },
    { bytes: own, filters: `${sampled},format=gray` },
  ];
  return decodeAll(runner, videos, most, options, async (paths) => {
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    const count = Math.floor(Math.min(...sizes) / pixels);
    const files = await Promise.all(paths.map((path) => open(path)));
    const deltas: number[] = [];
    const details: number[] = [];
    try {
      for (let i = 0; i < count; i++) {
        // One picture of each at a time: they are large, and others wait for this thread.
        const [original, delivered, mine] = await Promise.all(
          files.map(async (file) => (await file.read(Buffer.alloc(pixels), 0, pixels)).buffer),
        );
        deltas.push(psnr(original!, delivered!, pixels) - psnr(original!, mine!, pixels));
        details.push((detailOf(delivered!, asked) + FLAT) / (detailOf(mine!, asked) + FLAT));
      }
    } finally {
      await Promise.all(files.map((file) => file.close()));
    }
    return { deltaPsnr: median(deltas), detail: median(details) };
  });
}

/** {steps} High frequencies: mean distance of a pixel from its four neighbours. */
export function detailOf(picture: Uint8Array, { width, height }: PictureSize): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      sum += Math.abs(4 * picture[i]! - picture[i - 1]! - picture[i + 1]! - picture[i - width]! - picture[i + width]!);
    }
  }
  return sum / (4 * (width - 2) * (height - 2));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
