import { tmpdir } from "node:os";
import type { FfmpegRunner, TranscodedRendition } from "../media/interface.ts";
import { transcode } from "../media/transcode.ts";
import type { Speed, Transcoder, Work } from "./interface.ts";

/** Transcodes in child processes of this process. */
export class LocalTranscoder implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly speed: Speed | null;
  readonly #runner: FfmpegRunner;

  constructor(options: { name: string; capacity: number; speed: Speed | null }, modules: { runner: FfmpegRunner }) {
    this.name = options.name;
    this.capacity = options.capacity;
    this.speed = options.speed;
    this.#runner = modules.runner;
  }

  transcode(work: Omit<Work, "source">, signal: AbortSignal): Promise<TranscodedRendition[]> {
    return transcode(this.#runner, work.media, work.renditions, {
      workDir: tmpdir(),
      timeoutMs: work.timeoutMs,
      signal,
    });
  }
}
