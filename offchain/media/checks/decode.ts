import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ONE_FILTER_THREAD, UNTRUSTED_INPUT } from "../ladder.ts";
import { inPrivateDirectory } from "../private-directory.ts";
import type { FfmpegRunner } from "../interface.ts";
import type { CheckOptions } from "./interface.ts";

/** One video to be decoded. */
export interface Decoded {
  readonly bytes: Uint8Array;
  /** Filters between the decoder and the file. */
  readonly filters: string;
}

/**
 * Decodes several videos into raw files with one process, each picture once. The files are gone when `read` is over.
 * @param most pictures of each that are written
 * @param read gets a path for each of `videos`
 * @throws FfmpegFailed, FfmpegTimedOut, or the signal's reason
 */
export function decodeAll<T>(
  runner: FfmpegRunner,
  videos: readonly Decoded[],
  most: number,
  { timeoutMs, signal }: CheckOptions,
  read: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  return inPrivateDirectory(async (directory) => {
    const paths = videos.map((_, index) => join(directory, `${index}.raw`));
    const inputs = videos.map((_, index) => join(directory, `${index}.ts`));
    await Promise.all(videos.map(({ bytes }, index) => writeFile(inputs[index]!, bytes)));
    await runner.run({
      global: ["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-copyts", ...ONE_FILTER_THREAD],
      inputs: inputs.map((source) => ({ source, options: UNTRUSTED_INPUT })),
      filterGraph: videos.map(({ filters }, index) => `[${index}:v]${filters}[r${index}]`).join(";"),
      outputs: paths.map((target, index) => ({
        target,
        options: ["-map", `[r${index}]`, "-fps_mode", "passthrough", "-frames:v", String(most), "-f", "rawvideo"],
      })),
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return read(paths);
  });
}
