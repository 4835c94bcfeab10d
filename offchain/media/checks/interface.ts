/**
 * Checks of pictures: what an orchestrator delivered against the source, by who has both. None of them opens a connection. Sizes are pixels,
 * differences are steps of 8-bit samples, times are milliseconds.
 */
import type {
  FfmpegRunner,
  PictureSize,
  Rendition,
  SourceSegment,
  Transcode,
  TranscodedRendition,
} from "../interface.ts";

/** A rendition and what it was made from. The structure of both has been checked. */
export interface Pair {
  readonly source: SourceSegment;
  /** What was asked for. */
  readonly asked: Rendition;
  readonly got: Pick<TranscodedRendition, "bytes" | "info">;
}

/** Small pictures of one video in I420, in the order in which they are shown; sides are multiples of ten. */
export interface SmallPictures extends PictureSize {
  readonly pictures: readonly Uint8Array[];
}

/** How far a rendition is from its source, measured on small pictures. */
export interface Measures {
  /** {steps} Largest absolute mean over time of the signed difference of luma in a cell of 10×10 pixels: 16×9 cells. */
  readonly blk: number;
  /** {steps} The same of either chroma plane. */
  readonly hue: number;
  /** {dB} Lowest PSNR of a picture's luma. */
  readonly worst: number;
  /** {1} Share of the pictures with motion in the source that have less than a quarter of it. */
  readonly dup: number;
}

/**
 * passed: nothing is wrong. suspect: it cannot be told from honest work, nor is it shown to be. failed: no honest work looks like this.
 */
export type Verdict = "passed" | "suspect" | "failed";

export interface GrayResult {
  readonly verdict: Verdict;
  /** Null when a picture cannot be decoded. */
  readonly measures: Measures | null;
}

/** How a rendition compares with what this machine makes of the same source. */
export interface Comparison {
  /** {dB} Median of the pictures' PSNR against the source, less that of the own encode. */
  readonly deltaPsnr: number;
  /** {1} Median of the pictures' high frequencies, by those of the own encode. */
  readonly detail: number;
}

export interface ExactResult {
  /** Whether the pictures' coding is the same, bit by bit. */
  readonly isEqual: boolean;
  readonly verdict: Verdict;
  /** Null when it is equal, and when it fails because it is not. */
  readonly comparison: Comparison | null;
  /** The own encode. */
  readonly own: Pick<TranscodedRendition, "bytes" | "info">;
}

export interface CheckModules {
  readonly runner: FfmpegRunner;
  /** Makes the own encode. */
  readonly transcode: Transcode;
  /** Whether the own encode has the bits of the auditable profile. */
  readonly isReference: Reference;
}

/**
 * Whether this machine's ffmpeg makes the bits that the auditable profile has everywhere.
 * @throws FfmpegFailed or FfmpegTimedOut when that cannot be found out now
 */
export type Reference = () => Promise<boolean>;

export interface CheckOptions {
  /** {ms} Of each process. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What is looked at in one rendition. */
export interface Examined {
  readonly verdict: Verdict;
  /** Of what failed: its pictures are not the source's, or its bits are not the order's. */
  readonly fault: "pictures" | "bits" | null;
  /** Null when it was not made. */
  readonly gray: GrayResult | null;
  readonly exact: Omit<ExactResult, "own"> | null;
}

/**
 * Compares small pictures of both.
 * @throws SegmentInvalid when the source cannot be decoded, FfmpegFailed, FfmpegTimedOut, or the signal's reason
 */
export type CheckGray = (
  modules: Pick<CheckModules, "runner">,
  pair: Pair,
  options: CheckOptions,
) => Promise<GrayResult>;

/**
 * Encodes the source again and compares bits; where they differ and that is no fault, the pictures.
 * @throws TranscodeFailed, FfmpegFailed, FfmpegTimedOut, or the signal's reason
 */
export type CheckExact = (modules: CheckModules, pair: Pair, options: CheckOptions) => Promise<ExactResult>;
