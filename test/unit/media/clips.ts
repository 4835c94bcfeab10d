import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo, Profile } from "../../../offchain/media/interface.ts";

const execute = promisify(execFile);

/** Arguments between the global options and the output's name, per clip. */
const H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
const sine = (seconds: number): string => `-f lavfi -i sine=frequency=440:sample_rate=48000:d=${seconds}`;
const CLIPS = {
  "normal.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=5 ${sine(5)} ${H264} -preset veryfast -g 60 -c:a aac`,
  "silent.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=4 ${H264} -g 30`,
  "vertical.mp4": `-f lavfi -i testsrc2=s=540x960:r=30:d=3 ${H264} -g 60`,
  "odd.mp4": `-f lavfi -i testsrc2=s=642x360:r=30:d=3,format=yuv444p,crop=641:359:0:0 -c:v libx264 -preset ultrafast -g 60`,
  "variable.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=5,select='not(mod(n\\,3)*gt(n\\,60))+eq(mod(n\\,7)\\,1)' -fps_mode vfr ${H264} -g 20`,
  "mpeg4.avi": `-f lavfi -i testsrc2=s=320x180:r=25:d=4 ${sine(4)} -c:v mpeg4 -c:a libmp3lame`,
  "mjpeg.mov": `-f lavfi -i testsrc2=s=320x180:r=25:d=3 -c:v mjpeg -pix_fmt yuvj420p`,
  "vp8.webm": `-f lavfi -i testsrc2=s=320x180:r=25:d=3 -c:v libvpx -deadline realtime -cpu-used 8`,
  "sparse.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=7 ${H264} -g 180 -keyint_min 180 -sc_threshold 0`,
  "short.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=0.4 ${H264}`,
  "slow.mp4": `-f lavfi -i testsrc2=s=320x180:r=25/2:d=6 ${sine(6)} ${H264} -g 25 -c:a aac`,
  "open-gop.mp4": `-f lavfi -i testsrc2=s=320x180:r=30:d=4 -c:v libx264 -preset medium -x264-params open-gop=1:keyint=30:min-keyint=30:scenecut=0 -pix_fmt yuv420p`,
  "mbaff.ts": `-f lavfi -i testsrc2=s=320x192:r=25:d=1 ${H264} -flags +ildct+ilme -x264-params tff=1`,
  "mpeg2.ts": `-f lavfi -i testsrc2=s=320x180:r=25:d=1 -c:v mpeg2video`,
  "ac3.ts": `-f lavfi -i testsrc2=s=320x180:r=25:d=1 ${sine(1)} ${H264} -c:a ac3`,
  "wrap.ts": `-f lavfi -i testsrc2=s=320x180:r=30:d=2 ${sine(2)} ${H264} -preset veryfast -c:a aac -muxdelay 0 -output_ts_offset 95442.7`,
  "sound.m4a": `${sine(1)} -c:a aac`,
  "picture.png": `-f lavfi -i testsrc2=s=320x180:d=1 -frames:v 1`,
  "tiny.mp4": `-f lavfi -i testsrc2=s=12x12:r=30:d=1 -c:v mpeg4`,
} as const;

export type ClipName = keyof typeof CLIPS;

/** A small ladder for small clips. */
export const SMALL_LADDER: Profile[] = [
  { name: "120p", shortSide: 120, encoder: "auditable", preset: "ultrafast", crf: 28 },
  { name: "90p", shortSide: 90, encoder: "auditable", preset: "ultrafast", crf: 28 },
];

/** Real camera and film clips, beside the checkout; not everyone has them. */
export const REAL_CLIPS = join(dirname(fileURLToPath(import.meta.url)), "../../../../shared/media");
export const hasRealClips = existsSync(REAL_CLIPS);

/** A scratch directory, ffmpeg, and clips made on demand: one per test file, opened in `before`, closed in `after`. */
export class Workshop {
  readonly directory: string;
  readonly ffmpeg: FfmpegInfo;
  readonly #clips = new Map<ClipName, Promise<string>>();

  private constructor(directory: string, ffmpeg: FfmpegInfo) {
    this.directory = directory;
    this.ffmpeg = ffmpeg;
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), "streamflow-media-")), await resolveFfmpeg());
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** The path of a generated clip. */
  clip(name: ClipName): Promise<string> {
    const known = this.#clips.get(name);
    if (known !== undefined) return known;
    const made = this.run([...CLIPS[name].replaceAll("'", "").split(" "), "-y", this.path(name)]).then(() =>
      this.path(name),
    );
    this.#clips.set(name, made);
    return made;
  }

  /** Runs ffmpeg; what it says at the level of errors makes the test fail. */
  async run(args: string[]): Promise<string> {
    const { stdout, stderr } = await execute(this.ffmpeg.path, ["-nostdin", "-v", "error", ...args], {
      maxBuffer: 2 ** 28,
    });
    if (stderr !== "") throw new Error(`ffmpeg said: ${stderr}`);
    return stdout;
  }

  /** Presentation times of the video's frames in 90 kHz ticks, ascending, after decoding them all with ffmpeg. */
  async decodedTimes(path: string): Promise<number[]> {
    const args = ["-copyts", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "1:90000"];
    const lines = (await this.run([...args, "-f", "framecrc", "-"])).split("\n");
    const times = lines.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(",")[2]));
    return times.sort((a, b) => a - b);
  }
}

/** The coded error that an action ends with. */
export async function codeOf(action: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof action === "function" ? action() : action);
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "no error";
}
