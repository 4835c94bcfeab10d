import type { Rendition, TranscodedRendition } from "../media/interface.ts";

export interface Work {
  /** One MPEG-TS source segment. */
  readonly media: Uint8Array;
  readonly renditions: readonly Rendition[];
  /** Time that the transcoding may take [ms]. */
  readonly timeoutMs: number;
}

/** One place where a segment can be transcoded. */
export interface Transcoder {
  readonly name: string;
  /** Segments at the same time. */
  readonly capacity: number;
  /** @throws StreamflowError TranscodeFailed, TranscoderLost */
  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]>;
}

/** The transcoders of one orchestrator. */
export interface TranscoderPool {
  /** Segments that the whole pool can work on at the same time; 0 while no transcoder is connected. */
  capacity(): number;
  /**
   * Takes a place for one segment.
   * @throws StreamflowError CapacityExceeded when every place is taken
   */
  reserve(): Place;
}

export interface Place {
  /** Transcodes on the reserved place; work whose transcoder is lost goes to another one that is free. */
  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]>;
  /** Gives the place back; harmless when repeated. */
  release(): void;
}
