import { access, constants, stat } from "node:fs/promises";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import { readBanner } from "./banner.ts";
import type { InputBanner } from "./banner.ts";
import { EntryPointScanner } from "./entry-points.ts";
import { inputArguments } from "./input.ts";
import { startFfmpeg } from "./process.ts";
import type { MediaInput, ProbeInput } from "./interface.ts";

const TIMEOUT_MS = 60_000;
export const LONGEST_KEYFRAME_GAP_MS = 4_000;
const SMALLEST_SIDE = 16;
const LARGEST_SIDE = 8192;
/** ffmpeg reads these as pictures: text files as terminal art, and single images. */
const NOT_VIDEO = /^(tty|image2|alias_pix|brender_pix|\w+_pipe)$/;

export const probeInput: ProbeInput = async (ffmpeg, input, options = {}) => {
  options.signal?.throwIfAborted();
  if ("path" in input) await checkFile(input.path);

  let said = "";
  let banner: InputBanner | null = null;
  const scanner = new EntryPointScanner();
  const enough = new Error("nothing more to learn");
  const child = startFfmpeg(ffmpeg, probeArguments(input), {
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    readOutput: true,
    onStderr: (text) => {
      if (banner !== null) return;
      said = (said + text).slice(0, 262_144);
      if (!/^(Output #0|Stream mapping:)/m.test(said)) return;
      banner = readBanner(said);
      if (banner !== null && streamReasons(banner).length > 0) child.kill(enough);
    },
  });
  let failure: Error | null = null;
  try {
    for await (const chunk of (child.stdout ?? []) as AsyncIterable<Buffer>) scanner.push(chunk);
    await child.done;
  } catch {
    failure = await child.done.then(
      () => null,
      (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
    );
  }
  if (failure !== null && failure !== enough && !isStreamflowError(failure, "FfmpegFailed")) throw failure;

  const known = banner ?? readBanner(said);
  const { video } = checkBanner(known, input, failure);
  const reasons = streamReasons(known as InputBanner);
  if (reasons.length === 0) {
    if (failure !== null) reasons.push("its packets cannot be copied");
    else reasons.push(...scanner.faults(LONGEST_KEYFRAME_GAP_MS));
  }
  return {
    videoCodec: video.codec,
    pixelFormat: video.pixelFormat,
    width: video.width,
    height: video.height,
    rotation: video.rotation,
    frameRate: video.frameRate,
    durationMs: known?.durationMs ?? null,
    audioCodec: known?.audioCodec ?? null,
    keyframeGapMs: scanner.longestGapMs,
    copyable: reasons.length === 0,
    reencodeReasons: reasons,
  };
};

/** The ingest's own way to the packets, without the audio. */
function probeArguments(input: MediaInput): string[] {
  const output = ["-map", "0:V:0", "-c", "copy", "-muxdelay", "0", "-muxpreload", "0", "-output_ts_offset", "10"];
  return [
    "-hide_banner",
    "-nostdin",
    "-nostats",
    "-v",
    "info",
    ...inputArguments(input),
    ...output,
    "-f",
    "mpegts",
    "pipe:1",
  ];
}

async function checkFile(path: string): Promise<void> {
  let size: number;
  try {
    await access(path, constants.R_OK);
    const file = await stat(path);
    if (file.isDirectory()) throw new StreamflowError("InputNotVideo", `${path} is a directory`, { path });
    size = file.isFile() ? file.size : 1;
  } catch (error) {
    if (error instanceof StreamflowError) throw error;
    throw new StreamflowError("InputNotFound", `${path} cannot be read`, { path }, { cause: error });
  }
  if (size === 0) throw new StreamflowError("InputEmpty", `${path} is empty`, { path });
}

/** Refuses what is no video or has an absurd size. */
function checkBanner(
  banner: InputBanner | null,
  input: MediaInput,
  failure: Error | null,
): { video: NonNullable<InputBanner["video"]> } {
  const name = "path" in input ? input.path : input.source;
  if (banner === null) {
    throw new StreamflowError("InputNotVideo", `ffmpeg cannot read ${name}`, { input: name }, { cause: failure });
  }
  if ("path" in input && NOT_VIDEO.test(banner.container)) {
    throw new StreamflowError("InputNotVideo", `${name} is not a video (${banner.container})`, { input: name });
  }
  const { video } = banner;
  if (video === null) {
    throw new StreamflowError("InputNotVideo", `${name} has no video stream (${banner.container})`, { input: name });
  }
  const { width, height } = video;
  if (Math.min(width, height) < SMALLEST_SIDE || Math.max(width, height) > LARGEST_SIDE) {
    const detail = `the picture is ${width}x${height}; sides from ${SMALLEST_SIDE} to ${LARGEST_SIDE} are supported`;
    throw new StreamflowError("InputUnsupported", detail, { width, height });
  }
  return { video };
}

/** What forbids copying, as far as the description of the streams tells; empty when nothing does. */
export function streamReasons({ video, audioCodec }: Pick<InputBanner, "video" | "audioCodec">): string[] {
  const reasons: string[] = [];
  if (video === null) return ["there is no video"];
  if (video.codec !== "h264") reasons.push(`its video is ${video.codec}, not h264`);
  if (video.pixelFormat !== "yuv420p") reasons.push(`its pixel format is ${video.pixelFormat}, not yuv420p`);
  if (video.width % 2 !== 0 || video.height % 2 !== 0) reasons.push(`its size ${video.width}x${video.height} is odd`);
  if (video.rotation !== 0) reasons.push(`it is rotated by ${video.rotation} degrees`);
  if (audioCodec !== null && audioCodec !== "aac") reasons.push(`its audio is ${audioCodec}, not aac`);
  return reasons;
}
