import type { Encoder, FfmpegRunner, Rendition } from "../../../offchain/media/interface.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import { TIMEOUT_MS } from "./options.ts";
import { type Changes, remake } from "./remake.ts";

/** Work that nobody may reject. */
export interface Honest {
  readonly name: string;
  /** What it is ordered as: of auditable work the bits have to be those of an own encode. */
  readonly encoder: Encoder;
  readonly make: (source: Uint8Array, asked: Rendition, size: number, durationMs: number) => Promise<Buffer>;
}

/** As ordered, by an ffmpeg. */
const ordered = (name: string, runner: FfmpegRunner, encoder: Encoder = "auditable"): Honest => ({
  name,
  encoder,
  make: async (source, asked) => {
    const [made] = await transcode(runner, source, [asked], { timeoutMs: TIMEOUT_MS });
    return made!.bytes;
  },
});

const otherwise = (
  name: string,
  runner: FfmpegRunner,
  changes: (asked: Rendition, bitRate: number) => Changes,
): Honest => ({
  name,
  encoder: "fast",
  make: (source, asked, size, durationMs) =>
    remake(runner, source, asked, changes(asked, Math.max(16_000, Math.round((size * 8_000) / durationMs)))),
});

/** What was ordered, by every ffmpeg that is there. */
export const asOrdered = (runner: FfmpegRunner, otherBuild: FfmpegRunner | null): Honest[] => [
  ordered("auditable, as ordered", runner),
  ...(otherBuild === null ? [] : [ordered("auditable, as ordered, other build", otherBuild)]),
  ordered("fast, as ordered", runner, "fast"),
];

/** Other encoders that are as good: ordered `fast`. */
export const byOthers = (runner: FfmpegRunner): Honest[] => [
  otherwise("same bit rate, bounded", runner, (_, rate) => ({
    encoder: [
      "-crf",
      "-1",
      "-b:v",
      String(rate),
      "-maxrate",
      String(Math.round(1.5 * rate)),
      "-bufsize",
      String(2 * rate),
    ],
  })),
  otherwise("several threads, bilinear scaler", runner, () => ({
    scaler: "bilinear",
    encoder: ["-threads:v", "4"],
  })),
  otherwise("sharper scaler, slower preset", runner, () => ({ scaler: "lanczos", encoder: ["-preset", "medium"] })),
];
