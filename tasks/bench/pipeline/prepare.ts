import { createRunner } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { transcode } from "../../../offchain/media/transcode.ts";

/** {ms} */
const TRANSCODE_MS = 60_000;

/** Renditions of each segment, by its length {bytes}, as a transcoder makes them. */
export async function prepareRenditions(
  ffmpeg: FfmpegInfo,
  segments: readonly SourceSegment[],
  renditions: readonly Rendition[],
): Promise<Map<number, readonly Buffer[]>> {
  const prepared = new Map<number, readonly Buffer[]>();
  const runner = createRunner(ffmpeg);
  for (const { bytes } of segments) {
    const made = await transcode(runner, bytes, renditions, { timeoutMs: TRANSCODE_MS });
    prepared.set(
      bytes.length,
      made.map((rendition) => rendition.bytes),
    );
  }
  return prepared;
}
