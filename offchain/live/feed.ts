import type { Logger } from "pino";
import type { CutLiveOptions } from "../media/cut-live.ts";
import type { FfmpegInfo, SourceSegment } from "../media/interface.ts";
import type { Connection, Streams } from "./streams.ts";

/** How whatever comes without segments is cut. */
export interface FeedOptions {
  /** {ms} Cut at the first keyframe after this time. */
  readonly segmentMs: number;
  /** {ms} An encoder that sends nothing for so long is gone. */
  readonly stallMs: number;
}

export interface FeedModules {
  readonly streams: Streams;
  readonly ffmpeg: FfmpegInfo;
  readonly log: Logger;
}

/** What is cut how, with what is noteworthy told to the log. */
export function cutting({ segmentMs, stallMs }: FeedOptions, signal: AbortSignal, log: Logger): CutLiveOptions {
  return {
    ...{ segmentMs, stallMs, signal },
    onPlan: (reasons) => {
      if (reasons.length > 0) log.info({ reasons }, "a stream is encoded anew on ingest");
    },
    onRefused: (error) => log.warn({ err: error }, "a part of a stream cannot be used"),
  };
}

/** Gives what one connection sends to its stream, as fast as that takes it. */
export async function feed(
  segments: AsyncIterable<Omit<SourceSegment, "sequence">>,
  connection: Connection,
): Promise<void> {
  for await (const segment of segments) {
    const stream = connection.stream(segment.info);
    await stream.room();
    stream.append(segment);
  }
}
