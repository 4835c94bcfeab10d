import fluent from "fluent-ffmpeg";
import { failed, KillSwitch, limitedCommand, startFfmpeg } from "./process.ts";
import type { FfmpegInfo, FfmpegJob, FfmpegRunner } from "./interface.ts";

/** Lines of ffmpeg's own words that fluent-ffmpeg keeps; a line has at most a thousand characters. */
const KEPT_LINES = 20;

/** A job as ffmpeg's arguments, in the order that both runners use. */
export function jobArguments(job: FfmpegJob): string[] {
  return [
    ...(job.global ?? []),
    ...job.inputs.flatMap((input) => [...input.options, "-i", input.source]),
    "-y",
    ...(job.filterGraph === undefined ? [] : ["-filter_complex", job.filterGraph]),
    ...job.outputs.flatMap((output) => [...output.options, output.target]),
  ];
}

/** Runs jobs with Node's own `spawn`. */
export class SpawnRunner implements FfmpegRunner {
  readonly ffmpeg: FfmpegInfo;

  constructor(ffmpeg: FfmpegInfo) {
    this.ffmpeg = ffmpeg;
  }

  async run(job: FfmpegJob): Promise<void> {
    job.signal?.throwIfAborted();
    await startFfmpeg(this.ffmpeg, jobArguments(job), job).done;
  }
}

/**
 * Runs jobs with fluent-ffmpeg. The library is no longer maintained, so only its command builder and process handling are used: its
 * capability checks spawn three more processes and misread newer versions, its search for a binary ignores ours, and its time
 * limit sends SIGTERM, which a hung ffmpeg ignores. All of these are replaced on each command.
 */
export class FluentRunner implements FfmpegRunner {
  readonly ffmpeg: FfmpegInfo;

  constructor(ffmpeg: FfmpegInfo) {
    this.ffmpeg = ffmpeg;
  }

  async run(job: FfmpegJob): Promise<void> {
    job.signal?.throwIfAborted();
    const command = fluent({ stdoutLines: KEPT_LINES });
    replaceInternals(command, this.ffmpeg);
    addArguments(command, job);

    await new Promise<void>((resolve, reject) => {
      const killSwitch = new KillSwitch(() => command.kill("SIGKILL"), job);
      const settle = (failure: ReturnType<typeof failed> | null): void => {
        const reason = killSwitch.end(failure);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an AbortSignal's reason is passed on as it is
        if (reason !== null || killSwitch.pulled) reject(reason);
        else resolve();
      };
      command
        .on("start", () => {
          // The switch may have been pulled before there was a process.
          if (killSwitch.pulled) command.kill("SIGKILL");
        })
        .on("end", () => settle(null))
        .on("error", (error: Error, _stdout: string | null, stderr: string | null) => {
          settle(failed(error.message, stderr ?? "", error));
        })
        .run();
    });
  }
}

interface LineRing {
  get(): string;
}
type EndCallback = (error: Error | null, stdout?: LineRing, stderr?: LineRing) => void;
/** The library's method that starts the process, as it calls it. */
type Spawn = (args: string[], options: object, onStart: unknown, onEnd: EndCallback) => void;

function replaceInternals(command: fluent.FfmpegCommand, ffmpeg: FfmpegInfo): void {
  const spawn = (command as unknown as { _spawnFfmpeg: Spawn })._spawnFfmpeg.bind(command);
  const nothing: LineRing = { get: () => "" };
  Object.assign(command, {
    _getFfmpegPath: (done: (error: null, path: string) => void) => done(null, limitedCommand(ffmpeg, []).command),
    _checkCapabilities: (done: (error: null) => void) => done(null),
    availableEncoders: (done: (error: null, encoders: object) => void) => done(null, {}),
    // A binary that cannot be started has said nothing, and the library would trip over that.
    _spawnFfmpeg: ((args, options, onStart, onEnd) =>
      spawn(limitedCommand(ffmpeg, args).args, options, onStart, (error, stdout = nothing, stderr = nothing) =>
        onEnd(error, stdout, stderr),
      )) satisfies Spawn,
  });
}

function addArguments(command: fluent.FfmpegCommand, job: FfmpegJob): void {
  // The library splits a lone option at its space, so each call gets at least two: options of the whole process may be repeated.
  for (const [index, input] of job.inputs.entries()) {
    command
      .input(input.source)
      .inputOptions("-nostdin", ...(index === 0 ? (job.global ?? []) : []), ...input.options, "-nostdin");
  }
  if (job.filterGraph !== undefined) command.complexFilter(job.filterGraph);
  for (const output of job.outputs) command.output(output.target).outputOptions("-y", ...output.options, "-y");
}

/** The runner that the node uses. fluent-ffmpeg builds on the same `spawn`; the difference in time is below what can be measured. */
export function createRunner(ffmpeg: FfmpegInfo): FfmpegRunner {
  return new FluentRunner(ffmpeg);
}
