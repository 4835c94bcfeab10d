import { join } from "node:path";
import { StreamflowError } from "../errors.ts";
import { SegmentCutter } from "./cutter.ts";
import { inputArguments } from "./input.ts";
import { encoderOptions, ladderGraph, MPEGTS_OUTPUT, ONE_FILTER_THREAD, renditionOptions } from "./ladder.ts";
import { parseSegment } from "./mpegts.ts";
import { startFfmpeg, timedOut } from "./process.ts";
import type {
  BareLadderCommand,
  CutSegments,
  IngestArguments,
  IngestPlan,
  PlanIngest,
  SourceSegment,
} from "./interface.ts";

export const SEGMENT_MS = 2_000;
const STALL_MS = 30_000;
/**
 * Added to every time of the source. With reordered frames the first decoding times lie before the first picture's; without room before
 * zero each segment's muxer would shift them on its own, and a rendition would no longer be aligned with its source.
 */
export const TIME_OFFSET_SECONDS = "10";
const GLOBAL = ["-hide_banner", "-nostdin", "-nostats", "-v", "error"];
/** Close to the source: this is what all renditions and the pass-through are made from. */
const SOURCE_QUALITY = { preset: "veryfast", crf: 18 } as const;
const AAC = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"];

export const planIngest: PlanIngest = (probe, options = {}) => {
  const sideways = probe.rotation % 180 !== 0;
  const [width, height] = sideways ? [probe.height, probe.width] : [probe.width, probe.height];
  return {
    mode: probe.copyable ? "copy" : "encode",
    width: width & ~1,
    height: height & ~1,
    audio: probe.audioCodec !== null,
    segmentMs: options.segmentMs ?? SEGMENT_MS,
  };
};

export const ingestArguments: IngestArguments = (input, plan, options = {}) => {
  const streams = ["-map", "0:V:0", ...(plan.audio ? ["-map", "0:a:0"] : [])];
  const codecs =
    plan.mode === "copy"
      ? ["-c", "copy"]
      : [
          "-filter:v",
          upright(plan),
          ...encoderOptions(SOURCE_QUALITY, "auto"),
          ...distinctTimes,
          ...forcedKeyframes(plan),
          ...AAC,
        ];
  return [
    ...GLOBAL,
    ...(options.realtime === true ? ["-re"] : []),
    ...inputArguments(input),
    ...streams,
    ...codecs,
    ...["-map_metadata", "-1", "-output_ts_offset", TIME_OFFSET_SECONDS],
    ...MPEGTS_OUTPUT,
    "pipe:1",
  ];
};

export const bareLadderCommand: BareLadderCommand = (input, plan, renditions, outDir) => {
  const encodes = plan.mode === "encode";
  const graph = encodes
    ? ladderGraph(renditions, { before: `${upright(plan)},`, extra: ["s"] })
    : ladderGraph(renditions);
  const audio = plan.audio ? ["-map", "0:a:0", ...(encodes ? AAC : ["-c:a", "copy"])] : [];
  const output = (label: string, encoder: string[], name: string): string[] => [
    ...["-map", `[${label}]`, ...audio],
    ...encoder,
    ...(encodes ? distinctTimes : []),
    ...forcedKeyframes(plan),
    ...["-output_ts_offset", TIME_OFFSET_SECONDS, ...MPEGTS_OUTPUT, join(outDir, `${name}.ts`)],
  ];
  return [
    ...GLOBAL,
    ...ONE_FILTER_THREAD,
    "-y",
    ...inputArguments(input),
    ...["-filter_complex", graph],
    ...(encodes ? output("s", encoderOptions(SOURCE_QUALITY, "auto"), "source") : []),
    ...renditions.flatMap((rendition, index) => output(`r${index}`, renditionOptions(rendition, null), rendition.name)),
  ];
};

/** ffmpeg has turned the picture already; an odd last row or column is cut off. */
function upright({ width, height }: IngestPlan): string {
  return `crop=${width}:${height}:0:0,format=yuv420p`;
}

/** A file may hold several frames of one time: only one of them can be streamed. The last such option counts. */
const distinctTimes = ["-fps_mode", "vfr"];

/** Relative to the last one, so that a late start does not make every frame a keyframe; half a frame early is on time. */
function forcedKeyframes({ segmentMs }: IngestPlan): string[] {
  return ["-force_key_frames", `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${segmentMs / 1_000 - 0.005}))`];
}

export const cutSegments: CutSegments = async function* (ffmpeg, input, plan, options = {}) {
  const { signal, stallMs = STALL_MS } = options;
  signal?.throwIfAborted();
  const child = startFfmpeg(ffmpeg, ingestArguments(input, plan, options), {
    readOutput: true,
    ...(signal === undefined ? {} : { signal }),
  });
  const cutter = new SegmentCutter(plan.segmentMs);
  let sequence = 0;
  const segment = (bytes: Buffer): SourceSegment => ({ sequence: sequence++, bytes, info: parseSegment(bytes) });
  const watch = (): NodeJS.Timeout => setTimeout(() => child.kill(timedOut(stallMs)), stallMs);
  let watchdog = watch();
  try {
    for await (const chunk of (child.stdout ?? []) as AsyncIterable<Buffer>) {
      // Only ffmpeg is timed, not whoever takes the segments.
      clearTimeout(watchdog);
      for (const bytes of cutter.push(chunk)) yield segment(bytes);
      watchdog = watch();
    }
    clearTimeout(watchdog);
    await child.done;
    const last = cutter.end();
    if (last !== null) yield segment(last);
    if (sequence === 0) throw new StreamflowError("InputNotVideo", "the input holds no picture");
  } catch (error) {
    // A pipe that broke because ffmpeg was killed: its reason is the better one.
    if (!(error instanceof StreamflowError)) await child.done;
    throw error;
  } finally {
    clearTimeout(watchdog);
    child.kill(new Error("the reader left"));
    await child.done.catch(() => undefined);
  }
};
