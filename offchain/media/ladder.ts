import { z } from "zod";
import { HARDWARE, type HardwareEncoder } from "./hardware.ts";
import type {
  FitLadder,
  JudgeStructure,
  LadderArguments,
  Profile,
  OutputPixels,
  PictureSize,
  Rendition,
} from "./interface.ts";

/** The name of the pass-through variant. */
export const SOURCE_NAME = "source";
const LONGEST_SIDE = 8192;
const SHORTEST_SIDE = 16;

const name = z
  .string()
  .regex(/^[a-z0-9_-]{1,32}$/, "1 to 32 characters of a-z, 0-9, _ and -")
  .refine((value) => value !== SOURCE_NAME, `"${SOURCE_NAME}" is the pass-through`);
const side = z.int().min(SHORTEST_SIDE).max(LONGEST_SIDE).multipleOf(2);
const preset = z.enum(["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"]);
const crf = z.int().min(0).max(51);
const encoder = z.enum(["auditable", "fast"]);

const isMakeable = ({ encoder, crf }: Pick<Rendition, "encoder" | "crf">): boolean => encoder !== "fast" || crf > 0;
const LOSSLESS = "lossless coding (crf 0) is never fast";

export const profileSchema = z
  .strictObject({
    name,
    shortSide: side,
    encoder: encoder.default("auditable"),
    preset: preset.default("veryfast"),
    crf: crf.default(23),
  })
  .refine(isMakeable, LOSSLESS);

/** What is wanted of a stream. */
export const ladderSchema = z
  .array(profileSchema)
  .min(1)
  .max(16)
  .refine((profiles) => new Set(profiles.map(({ name }) => name)).size === profiles.length, "a name is given twice");

export const renditionSchema = z
  .strictObject({ name, width: side, height: side, encoder, preset, crf })
  .refine(isMakeable, LOSSLESS);

export const DEFAULT_LADDER: readonly Profile[] = [480, 360, 240].map((shortSide) => ({
  name: `${shortSide}p`,
  shortSide,
  encoder: "auditable",
  preset: "veryfast",
  crf: 23,
}));

export const fitLadder: FitLadder = (profiles, source) => {
  const short = Math.min(source.width, source.height);
  const fitting = profiles.filter(({ shortSide }) => shortSide <= short);
  if (fitting.length > 0) return fitting.map((wanted) => fit(wanted, source));
  const even = { width: source.width & ~1, height: source.height & ~1 };
  const { encoder, preset, crf } = profiles[0] ?? DEFAULT_LADDER[0]!;
  return [{ name: `${short & ~1}p`, ...even, encoder, preset, crf }];
};

function fit({ name, shortSide, ...coding }: Profile, source: PictureSize): Rendition {
  const [short, long] = source.width < source.height ? [source.width, source.height] : [source.height, source.width];
  const longSide = Math.min(LONGEST_SIDE, 2 * Math.round((long * shortSide) / short / 2));
  const size =
    source.width < source.height ? { width: shortSide, height: longSide } : { width: longSide, height: shortSide };
  return { name, ...size, ...coding };
}

export const outputPixels: OutputPixels = (renditions, frames) =>
  renditions.reduce((sum, { width, height }) => sum + BigInt(width) * BigInt(height), 0n) * BigInt(frames);

/** Nothing but a local file, MPEG-TS, H.264 and AAC is opened, whatever a segment claims to be. */
export const UNTRUSTED_INPUT = [
  ["-protocol_whitelist", "file,pipe"],
  ["-format_whitelist", "mpegts"],
  ["-codec_whitelist", "h264,aac"],
  ["-f", "mpegts"],
  // Segments are decoded side by side; more threads for one only touch more memory (3 % of a small segment's time).
  ["-threads", "1"],
].flat();

/** Each picture at its own time, and no messages between them. */
const EVERY_PICTURE = [
  ["-bsf:v", "filter_units=remove_types=6"],
  ["-fps_mode", "passthrough", "-enc_time_base", "1:90000"],
].flat();

/**
 * One rendition's auditable encoder. Each option but preset and factor is there so that two honest machines make the same bits: one thread (the
 * ingest's own encoder may use more), no rate control that looks at a buffer, no instruction-set dependent shortcuts, no encoder banner. `enc_time_base` and `passthrough` keep
 * each source frame at its own time; without them ffmpeg rounds times to a guessed frame rate.
 */
export function encoderOptions({ preset, crf }: Pick<Rendition, "preset" | "crf">, threads: 1 | "auto" = 1): string[] {
  return [
    ["-c:v", "libx264", "-preset", preset, "-crf", String(crf), "-g", "1000", "-sc_threshold", "0"],
    ["-threads:v", String(threads)],
    ["-x264-params", "cpu-independent=1", ...EVERY_PICTURE],
    ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"],
  ].flat();
}

/** MPEG-TS without a start delay; a time before zero wraps around as its 33 bits do instead of moving everything. */
export const MPEGTS_OUTPUT = ["-muxdelay", "0", "-muxpreload", "0", "-avoid_negative_ts", "disabled", "-f", "mpegts"];

/** Each rendition's packets are counted from zero, so it says at its beginning that the count does not go on from its predecessor's. */
const SEPARATE_SEGMENT = ["-mpegts_flags", "+initial_discontinuity"];

/** Scalers would else share a picture among as many threads as there are cores: 2 % dearer, and a cause for machines to differ. */
export const ONE_FILTER_THREAD = ["-filter_complex_threads", "1"];

export interface LadderGraphOptions {
  /** Filters in front of the split, each with a comma behind it. */
  readonly before?: string;
  /** Labels of copies that are not scaled. */
  readonly extra?: readonly string[];
  /** What an encoder of fast renditions takes. */
  readonly fastFormat?: string;
}

/** Two honest machines scale to the same pictures with these. */
export const EXACT_SCALER = "bicubic+accurate_rnd+full_chroma_int+bitexact";
const FAST_SCALER = "bicubic";

/** `[0:v]…split=2[v0][v1];[v0]scale=…[r0];[v1]scale=…[r1]`: one decoder, a scaler for each rendition. */
export function ladderGraph(
  renditions: readonly (PictureSize & Partial<Pick<Rendition, "encoder">>)[],
  { before = "", extra = [], fastFormat = "format=yuv420p" }: LadderGraphOptions = {},
): string {
  const labels = [...extra, ...renditions.map((_, index) => `v${index}`)];
  const scalers = renditions.map(({ width, height, encoder }, index) => {
    const [flags, format] = encoder === "fast" ? [FAST_SCALER, fastFormat] : [EXACT_SCALER, "format=yuv420p"];
    return `[v${index}]scale=${width}:${height}:flags=${flags},${format}[r${index}]`;
  });
  return [`[0:v]${before}split=${labels.length}${labels.map((label) => `[${label}]`).join("")}`, ...scalers].join(";");
}

/** libx264 without what only bits that can be repeated need. */
function fastOptions({ preset, crf }: Pick<Rendition, "preset" | "crf">): string[] {
  return [
    ["-c:v", "libx264", "-preset", preset, "-crf", String(crf), "-g", "1000", "-sc_threshold", "0"],
    ["-threads:v", "1", ...EVERY_PICTURE],
  ].flat();
}

/** One rendition's encoder. */
export function renditionOptions(rendition: Rendition, hardware: HardwareEncoder | null): string[] {
  if (rendition.encoder === "auditable") return encoderOptions(rendition);
  return hardware === null ? fastOptions(rendition) : [...HARDWARE[hardware].options(rendition.crf), ...EVERY_PICTURE];
}

export const ladderArguments: LadderArguments = (renditions, paths, hardware) => ({
  global: [
    ...["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-copyts", ...ONE_FILTER_THREAD],
    ...(hardware === null ? [] : HARDWARE[hardware].global),
  ],
  inputs: [{ source: paths.input, options: UNTRUSTED_INPUT }],
  filterGraph: ladderGraph(renditions, hardware === null ? {} : { fastFormat: HARDWARE[hardware].filter }),
  outputs: renditions.map((rendition, index) => ({
    target: paths.outputs[index] ?? "",
    options: [
      "-map",
      `[r${index}]`,
      "-map",
      "0:a?",
      "-c:a",
      "copy",
      ...renditionOptions(rendition, hardware),
      ...SEPARATE_SEGMENT,
      ...MPEGTS_OUTPUT,
    ],
  })),
});

export const judgeStructure: JudgeStructure = (source, asked, got) => {
  const { width, height } = got.video;
  if (width !== asked.width || height !== asked.height) {
    return `the picture is ${width}x${height}, asked was ${asked.width}x${asked.height}`;
  }
  if (got.frames !== source.frames) return `it has ${got.frames} frames, the source ${source.frames}`;
  if (!got.startsWithKeyframe) return "its first frame is not a keyframe";
  if ((got.audio === null) !== (source.audio === null))
    return `it has ${got.audio === null ? "lost" : "gained"} an audio stream`;
  for (const [index, expected] of source.pts.entries()) {
    // Compared on the circle of 33 bits: the two may have been unwrapped at different ends.
    const difference = wrap((got.pts[index] ?? 0) - expected);
    if (Math.abs(difference) > 1) return `frame ${index} is ${difference} ticks away from the source's`;
  }
  return null;
};

/** A difference of two times of 33 bits, in [−2^32, 2^32). */
function wrap(ticks: number): number {
  return ((((ticks + 2 ** 32) % 2 ** 33) + 2 ** 33) % 2 ** 33) - 2 ** 32;
}
