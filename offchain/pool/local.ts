import { tmpdir } from "node:os";
import type { FfmpegRunner, TranscodedRendition } from "../media/interface.ts";
import { transcode } from "../media/transcode.ts";
import type { Transcoder, Work } from "./interface.ts";

/** Transcodes in child processes of this process. */
export class LocalTranscoder implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly #runner: FfmpegRunner;

  constructor(options: { name: string; capacity: number }, modules: { runner: FfmpegRunner }) {
    this.name = options.name;
    this.capacity = options.capacity;
    this.#runner = modules.runner;
  }

  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    return transcode(this.#runner, work.media, work.renditions, {
      workDir: tmpdir(),
      timeoutMs: work.timeoutMs,
      signal,
    });
  }
}
