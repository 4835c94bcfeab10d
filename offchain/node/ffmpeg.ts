import type { Logger } from "pino";
import type { BroadcasterConfig } from "../config/schema.ts";
import { AUDITABLE_X264_CORE, createRunner, resolveFfmpeg } from "../media/ffmpeg.ts";
import type { FfmpegRunner } from "../media/interface.ts";

/** Finds a fit ffmpeg and says which one it is, and if it may not make the bits that others expect. Each process of it has this limit of memory. */
export async function openFfmpeg(
  { path, memoryBytes }: BroadcasterConfig["ffmpeg"],
  log: Logger,
): Promise<FfmpegRunner> {
  const ffmpeg = await resolveFfmpeg(path === undefined ? {} : { path });
  log.info(
    { path: ffmpeg.path, version: ffmpeg.version, x264Core: ffmpeg.x264Core, origin: ffmpeg.origin },
    "using ffmpeg",
  );
  if (ffmpeg.x264Core !== AUDITABLE_X264_CORE)
    log.warn(
      { x264Core: ffmpeg.x264Core, profile: AUDITABLE_X264_CORE },
      "another x264 core than the auditable profile's: what it makes may be rejected, and what others make is not rejected for its bits",
    );
  return createRunner({ ...ffmpeg, memoryBytes });
}
