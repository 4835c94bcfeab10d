import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type InputBanner, readBanner } from "./banner.ts";
import { ingestArguments, planIngest, TIME_OFFSET_SECONDS } from "./cut.ts";
import { SegmentCutter } from "./cutter.ts";
import { EntryPointScanner } from "./entry-points.ts";
import type { FfmpegInfo, SourceSegment } from "./interface.ts";
import { MPEGTS_OUTPUT } from "./ladder.ts";
import { parseSegment } from "./mpegts.ts";
import { LONGEST_KEYFRAME_GAP_MS, streamReasons } from "./probe.ts";
import { type RunningFfmpeg, startFfmpeg, timedOut } from "./process.ts";

/** What ffmpeg reads as it comes. */
export interface LiveInput {
  /** What stands before and after `-i`. */
  readonly options: readonly string[];
  readonly source: string;
  /** Fed to its standard input. */
  readonly bytes?: Readable;
}

export interface CutLiveOptions {
  /** {ms} Cut at the first keyframe after this time. */
  readonly segmentMs: number;
  /** {ms} No bytes for this long end it. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** What ffmpeg says of the input, as it says it. */
  readonly onStderr?: (text: string) => void;
  /** Told once whether packets are copied (no reasons), or why they are encoded anew. */
  readonly onPlan?: (reasons: readonly string[]) => void;
  /** Told of a segment that cannot be used; the stream goes on without it. */
  readonly onRefused?: (error: unknown) => void;
}

type Cut = Omit<SourceSegment, "sequence">;

/** {bytes} Held while it is not clear yet whether packets can be copied. */
const MOST_SEEN = 64 * 2 ** 20;
/** Beyond this, what ffmpeg says is not looked at for the description of the streams. */
const MOST_SAID = 262_144;
/** Decoders that may see what strangers send. */
const CODECS =
  "h264,hevc,mpeg2video,mpeg4,aac,mp2,mp3,mp3float,ac3,eac3,opus,speex,pcm_alaw,pcm_mulaw,flv1,vp8,vp9,av1";

/** Copies packets, in the way in which an input is cut. */
function remuxArguments({ options, source }: LiveInput): string[] {
  return [
    ...["-hide_banner", "-nostdin", "-nostats", "-v", "info", "-codec_whitelist", CODECS, ...options, "-i", source],
    ...["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-map_metadata", "-1"],
    ...["-output_ts_offset", TIME_OFFSET_SECONDS, ...MPEGTS_OUTPUT, "pipe:1"],
  ];
}

/**
 * Cuts what comes in at keyframes, as it comes. Packets are copied when the first segment shows that they can be; else the same bytes are
 * encoded anew, with a keyframe where a cut is wanted. While nobody takes the segments, ffmpeg and with it the sender wait.
 * @throws StreamflowError FfmpegFailed, FfmpegTimedOut, InputUnsupported, or the signal's reason
 */
export async function* cutLive(
  ffmpeg: FfmpegInfo,
  input: LiveInput,
  options: CutLiveOptions,
): AsyncGenerator<Cut, void, undefined> {
  let said = "";
  let banner: InputBanner | null = null;
  const remuxer = startFfmpeg(ffmpeg, remuxArguments(input), {
    readOutput: true,
    writeInput: input.bytes !== undefined,
    signal: options.signal,
    onStderr: (text) => {
      options.onStderr?.(text);
      if (banner !== null || said.length >= MOST_SAID) return;
      said += text;
      if (/^(Output #0|Stream mapping:)/m.test(said)) banner = readBanner(said);
    },
  });
  // A sender that breaks off is the end of the input.
  if (input.bytes !== undefined && remuxer.stdin !== null)
    pipeline(input.bytes, remuxer.stdin).catch(() => remuxer.stdin?.end());

  const cutter = new SegmentCutter(options.segmentMs);
  const scanner = new EntryPointScanner();
  const seen: Buffer[] = [];
  const chunks = watched(remuxer, options.stallMs);
  try {
    for await (const chunk of chunks) {
      const complete = cutter.push(chunk);
      scanner.push(chunk);
      seen.push(chunk);
      const reasons = whyEncode(banner, scanner, complete.length > 0, seen);
      if (reasons === null) continue;
      options.onPlan?.(reasons);
      if (reasons.length > 0) {
        yield* encodeLive(ffmpeg, again(seen, chunks), banner, options);
        return;
      }
      yield* segmentsOf(complete, options);
      for await (const more of chunks) yield* segmentsOf(cutter.push(more), options);
    }
    yield* segmentsOf([cutter.end()], options);
    await remuxer.done;
  } catch (error) {
    await remuxer.done;
    throw error;
  } finally {
    remuxer.kill(new Error("the reader left"));
    await remuxer.done.catch(() => undefined);
  }
}

/** Null: not known yet. */
function whyEncode(
  banner: InputBanner | null,
  scanner: EntryPointScanner,
  hasSegment: boolean,
  seen: readonly Buffer[],
): string[] | null {
  const reasons = banner === null ? [] : streamReasons(banner);
  if (reasons.length > 0) return reasons;
  if (hasSegment || (scanner.longestGapMs ?? 0) > LONGEST_KEYFRAME_GAP_MS)
    return scanner.faults(LONGEST_KEYFRAME_GAP_MS);
  const size = seen.reduce((sum, { length }) => sum + length, 0);
  return size > MOST_SEEN ? [`no keyframe within ${size} bytes`] : null;
}

async function* encodeLive(
  ffmpeg: FfmpegInfo,
  transport: AsyncIterable<Buffer>,
  banner: InputBanner | null,
  options: CutLiveOptions,
): AsyncGenerator<Cut, void, undefined> {
  const { video, audioCodec } = banner ?? { video: null, audioCodec: null };
  if (video === null) throw new Error("the input was not described");
  const plan = planIngest({ ...video, copyable: false, audioCodec }, { segmentMs: options.segmentMs });
  const input = {
    source: "pipe:0",
    inputOptions: ["-protocol_whitelist", "pipe", "-codec_whitelist", CODECS, "-f", "mpegts"],
  };
  const encoder = startFfmpeg(ffmpeg, ingestArguments(input, plan), {
    ...{ readOutput: true, writeInput: true, signal: options.signal },
  });
  const fed = encoder.stdin === null ? Promise.resolve() : pipeline(transport, encoder.stdin);
  fed.catch(() => encoder.stdin?.end());
  const cutter = new SegmentCutter(options.segmentMs);
  try {
    for await (const chunk of (encoder.stdout ?? []) as AsyncIterable<Buffer>)
      yield* segmentsOf(cutter.push(chunk), options);
    await encoder.done;
    yield* segmentsOf([cutter.end()], options);
    await fed;
  } finally {
    encoder.kill(new Error("the reader left"));
    await encoder.done.catch(() => undefined);
  }
}

/** What ffmpeg writes; it is ended when it writes nothing for too long while somebody waits. */
async function* watched(running: RunningFfmpeg, stallMs: number): AsyncGenerator<Buffer, void, undefined> {
  const watch = () => setTimeout(() => running.kill(timedOut(stallMs)), stallMs);
  let watchdog = watch();
  try {
    for await (const chunk of (running.stdout ?? []) as AsyncIterable<Buffer>) {
      clearTimeout(watchdog);
      yield chunk;
      watchdog = watch();
    }
  } finally {
    clearTimeout(watchdog);
  }
}

async function* again(seen: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield* seen;
  yield* rest;
}

/** Those that can be used: a connection that breaks leaves half a segment behind, and a source may be damaged. */
function* segmentsOf(
  cut: readonly (Buffer | null)[],
  { onRefused }: Pick<CutLiveOptions, "onRefused">,
): Generator<Cut, void, undefined> {
  for (const bytes of cut) {
    if (bytes === null) continue;
    try {
      yield { bytes, info: parseSegment(bytes) };
    } catch (error) {
      onRefused?.(error);
    }
  }
}
