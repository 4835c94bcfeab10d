import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { createRunner, resolveFfmpeg } from "../media/ffmpeg.ts";
import type { FfmpegRunner } from "../media/interface.ts";

/** Finds a fit ffmpeg and says which one it is. Each process of it has this limit of memory. */
export async function openFfmpeg(
  { path, memoryBytes }: BroadcasterConfig["ffmpeg"],
  log: Logger,
): Promise<FfmpegRunner> {
  const ffmpeg = await resolveFfmpeg(path === undefined ? {} : { path });
  log.info(
    { path: ffmpeg.path, version: ffmpeg.version, x264Core: ffmpeg.x264Core, origin: ffmpeg.origin },
    "using ffmpeg",
  );
  return createRunner({ ...ffmpeg, memoryBytes });
}
