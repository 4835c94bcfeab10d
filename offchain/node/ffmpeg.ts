import type { Logger } from "pino";
import { createRunner, resolveFfmpeg } from "../media/ffmpeg.ts";
import type { FfmpegRunner } from "../media/interface.ts";

/**
 * Finds a fit ffmpeg and says which one it is.
 * @param memoryBytes {bytes} for each process; without it there is no limit
 */
export async function openFfmpeg(path: string | undefined, log: Logger, memoryBytes?: number): Promise<FfmpegRunner> {
  const ffmpeg = await resolveFfmpeg(path === undefined ? {} : { path });
  log.info(
    { path: ffmpeg.path, version: ffmpeg.version, x264Core: ffmpeg.x264Core, origin: ffmpeg.origin },
    "using ffmpeg",
  );
  return createRunner(memoryBytes === undefined ? ffmpeg : { ...ffmpeg, memoryBytes });
}
