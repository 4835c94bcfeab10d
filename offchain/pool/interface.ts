import type { HardwareEncoder } from "../media/hardware.ts";
import type { Rendition, SegmentInfo, TranscodedRendition } from "../media/interface.ts";

export interface Work {
  /** One MPEG-TS source segment. */
  readonly media: Uint8Array;
  /** Its structure. */
  readonly source: SegmentInfo;
  readonly renditions: readonly Rendition[];
  /** Time that the transcoding may take [ms]. */
  readonly timeoutMs: number;
}

/** {pixel/s} Output pixels of a transcoder: width × height × frames, summed over renditions. */
export interface Speed {
  /** With one segment at a time. */
  readonly single: number;
  /** With as many as it takes, all together. */
  readonly full: number;
}

/** One place where a segment can be transcoded. */
export interface Transcoder {
  readonly name: string;
  /** Segments at the same time. */
  readonly capacity: number;
  /** As it measured itself, with what is auditable; null when it did not. */
  readonly speed: Speed | null;
  /** With which it makes what is fast; null: with the processor. */
  readonly hardware: HardwareEncoder | null;
  /**
   * Makes all renditions, in the order asked for, and checks each against the source.
   * @throws StreamflowError TranscodeFailed, TranscoderLost, CapacityExceeded
   */
  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]>;
}

/** The transcoders of one orchestrator. */
export interface TranscoderPool {
  /** Segments that the whole pool can work on at the same time; 0 while no transcoder is there that may work. */
  capacity(): number;
  /**
   * Takes a place for one segment. Which transcoder does the work is decided when the work begins.
   * @throws StreamflowError CapacityExceeded when every place is taken
   */
  reserve(): Place;
}

export interface Place {
  /** {ms} Until work like this would be done on it, by the pace of late; Infinity when nobody is there. */
  expected(work: Pick<Work, "source" | "renditions">): number;
  /**
   * Transcodes on the reserved place. Work whose transcoder is lost goes to another; work that failed is tried once at another.
   * @param signal ends it at once, wherever it is: it is taken from whoever has it, or never begun
   * @throws StreamflowError TranscodeFailed and the others of a transcoder, TranscoderLost when none is left
   */
  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]>;
  /** Gives the place back; harmless when repeated. */
  release(): void;
}

/** What became of the work of a pool since it began. */
export interface PoolCounts {
  /** Segments answered with renditions. */
  readonly done: number;
  /** Times that a transcoder was lost with a segment in its hands. */
  readonly lost: number;
  /** Times that a transcoder failed at a segment. */
  readonly failed: number;
  /** Times that a segment went to another transcoder because of either. */
  readonly moved: number;
}
