import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { begin } from "../media/begin.ts";
import { cutSegments, planIngest } from "../media/cut.ts";
import type { FfmpegRunner, IngestPlan, MediaInput, Rendition, SourceSegment } from "../media/interface.ts";
import { fitLadder } from "../media/ladder.ts";
import { probeInput } from "../media/probe.ts";
import { openFfmpeg } from "./ffmpeg.ts";

type FileInput = Pick<BroadcasterConfig, "inputFormat"> & { readonly input: string };

/** An input that is being cut. */
export interface Ingest {
  /** With the ffmpeg that cuts the input. */
  readonly runner: FfmpegRunner;
  readonly plan: IngestPlan;
  readonly renditions: readonly Rendition[];
  /** Null when the input does not say. */
  readonly durationMs: number | null;
  /** To be read once. Cutting has begun; leaving the loop, or the signal, ends it. */
  readonly segments: AsyncIterable<SourceSegment>;
}

/**
 * Looks at the input, plans and begins to cut it.
 * @throws StreamflowError InputNotFound, InputEmpty, InputNotVideo, InputUnsupported, FfmpegUnfit, FfmpegNotFound
 */
export async function openIngest(
  config: FileInput & Pick<BroadcasterConfig, "realtime" | "ladder" | "ffmpeg">,
  log: Logger,
  signal: AbortSignal,
): Promise<Ingest> {
  const input = mediaInput(config);
  const { path, memoryBytes } = config.ffmpeg;
  // A binary that the operator named looks at the input while it is itself looked at.
  const early = path === undefined ? null : probeInput({ path, memoryBytes }, input, { signal });
  early?.catch(() => undefined);
  const runner = await openFfmpeg(config.ffmpeg, log);
  const { ffmpeg } = runner;
  const probe = await (early ?? probeInput(ffmpeg, input, { signal }));
  const plan = planIngest(probe);
  if (!probe.copyable) log.info({ reasons: probe.reencodeReasons }, "the input is re-encoded on ingest");
  const segments = begin(cutSegments(ffmpeg, input, plan, { realtime: config.realtime, signal }));
  return { runner, plan, renditions: fitLadder(config.ladder, plan), durationMs: probe.durationMs, segments };
}

function mediaInput(config: FileInput): MediaInput {
  return config.inputFormat === undefined
    ? { path: config.input }
    : { source: config.input, inputOptions: ["-f", config.inputFormat] };
}
