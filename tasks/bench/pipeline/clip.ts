import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import { createRunner } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo, IngestPlan, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { DEFAULT_LADDER, fitLadder } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { generateClip } from "../../demo/input.ts";

/** What is streamed: generated, 720p30 or smaller, with a keyframe every two seconds, and sound. */
export interface Clip {
  readonly file: string;
  /** {s} */
  readonly seconds: number;
  readonly plan: IngestPlan;
  readonly renditions: readonly Rendition[];
}

/** {1} Of a segment of the clip: two seconds. */
export const SEGMENT_FRAMES = 60;

export async function makeClip(
  ffmpeg: FfmpegInfo,
  dir: string,
  { size, seconds }: { readonly size: string; readonly seconds: number },
): Promise<Clip> {
  const file = await generateClip(createRunner(ffmpeg), dir, seconds, size);
  const plan = planIngest(await probeInput(ffmpeg, { path: file }));
  return { file, seconds, plan, renditions: fitLadder(DEFAULT_LADDER, plan) };
}

/** The clip's segments, as a broadcaster cuts them. */
export async function segmentsOf(ffmpeg: FfmpegInfo, { file, plan }: Clip): Promise<SourceSegment[]> {
  const segments: SourceSegment[] = [];
  for await (const segment of cutSegments(ffmpeg, { path: file }, plan)) segments.push(segment);
  return segments;
}
