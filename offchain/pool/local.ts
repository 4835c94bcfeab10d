import { tmpdir } from "node:os";
import type { Logger } from "pino";
import type { HardwareEncoder } from "../media/hardware.ts";
import type { FfmpegRunner, TranscodedRendition } from "../media/interface.ts";
import { transcode } from "../media/transcode.ts";
import type { Speed, Transcoder, Work } from "./interface.ts";

export interface LocalTranscoderOptions {
  readonly name: string;
  readonly capacity: number;
  readonly speed: Speed | null;
  /** For what is fast; null: libx264. */
  readonly hardware: HardwareEncoder | null;
}

/** Transcodes in child processes of this process. */
export class LocalTranscoder implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly speed: Speed | null;
  readonly hardware: HardwareEncoder | null;
  readonly #runner: FfmpegRunner;
  readonly #log: Logger | undefined;

  constructor(options: LocalTranscoderOptions, modules: { readonly runner: FfmpegRunner; readonly log?: Logger }) {
    this.name = options.name;
    this.capacity = options.capacity;
    this.speed = options.speed;
    this.hardware = options.hardware;
    this.#runner = modules.runner;
    this.#log = modules.log;
  }

  transcode(work: Omit<Work, "source">, signal: AbortSignal): Promise<TranscodedRendition[]> {
    return transcode(this.#runner, work.media, work.renditions, {
      workDir: tmpdir(),
      timeoutMs: work.timeoutMs,
      signal,
      hardware: this.hardware,
      onHardwareFailure: ({ message }) =>
        this.#log?.warn(
          { encoder: this.hardware, detail: message },
          "hardware failed at a segment, the processor does it",
        ),
    });
  }
}
