import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { StreamflowError } from "../errors.ts";
import type { FfmpegInfo } from "./interface.ts";

/** How much of what ffmpeg said is kept for the error: its last words name the cause. */
const TAIL_CHARACTERS = 2_000;

export interface ProcessOptions {
  /** Total run time; unlimited when absent, for those who watch the output instead. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Gives standard output to the caller, who must read it to its end. Otherwise it is dropped. */
  readonly readOutput?: boolean;
  /** Gives standard input to the caller, who must end it. Otherwise there is none. */
  readonly writeInput?: boolean;
  /** Called with each piece of standard error. */
  readonly onStderr?: (text: string) => void;
}

export interface RunningFfmpeg {
  /** Emits no errors: what cannot be written shows in `done`. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Settles when the process has ended and its pipes are closed: FfmpegFailed, FfmpegTimedOut or the reason of the kill. */
  readonly done: Promise<void>;
  /** SIGKILL; `done` then rejects with this reason. */
  kill(reason: unknown): void;
}

/** Why a process was ended from here; the first reason counts. */
export class KillSwitch {
  #reason: { readonly value: unknown } | null = null;
  readonly #kill: () => void;
  readonly #release: () => void;

  /** @param kill ends the process; called at most once */
  constructor(kill: () => void, options: Pick<ProcessOptions, "timeoutMs" | "signal">) {
    this.#kill = kill;
    const { timeoutMs, signal } = options;
    const onAbort = (): void => this.pull(signal?.reason);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.pull(timedOut(timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  get pulled(): boolean {
    return this.#reason !== null;
  }

  pull(reason: unknown): void {
    if (this.#reason !== null) return;
    this.#reason = { value: reason };
    this.#kill();
  }

  /** To be called when the process has ended. `failure` is what the process itself gave as its fault, or null. */
  end(failure: StreamflowError | null): unknown {
    this.#release();
    return this.#reason === null ? failure : this.#reason.value;
  }
}

export function timedOut(timeoutMs: number): StreamflowError {
  return new StreamflowError("FfmpegTimedOut", `ffmpeg was killed after ${timeoutMs} ms`, { timeoutMs });
}

export function failed(how: string, stderr: string, cause?: unknown): StreamflowError {
  const tail = stderr.slice(-TAIL_CHARACTERS).trim();
  return new StreamflowError(
    "FfmpegFailed",
    `${how}: ${tail === "" ? "it said nothing" : tail}`,
    { stderr: tail },
    { cause },
  );
}

/** Whatever can't be limited here (macOS knows no such limit) runs all the same: there `-max_alloc` bounds the single piece. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

/**
 * The command that runs ffmpeg within its limit of memory. The shell sets the limit for itself and becomes ffmpeg, so that there is one process
 * to kill; nothing of the arguments is read by it.
 */
export function limitedCommand(
  { path, memoryBytes }: Pick<FfmpegInfo, "path" | "memoryBytes">,
  args: readonly string[],
): { readonly command: string; readonly args: string[] } {
  if (memoryBytes === undefined || process.platform === "win32") return { command: path, args: [...args] };
  const kibibytes = String(Math.floor(memoryBytes / 1_024));
  return { command: "/bin/sh", args: ["-c", LIMITED, kibibytes, path, "-max_alloc", String(memoryBytes), ...args] };
}

/** Starts ffmpeg, with nothing that a shell would read. Never throws: a binary that cannot be started is a failure of `done`. */
export function startFfmpeg(
  ffmpeg: Pick<FfmpegInfo, "path" | "memoryBytes">,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningFfmpeg {
  const limited = limitedCommand(ffmpeg, args);
  const child = spawn(limited.command, limited.args, {
    stdio: [options.writeInput === true ? "pipe" : "ignore", options.readOutput === true ? "pipe" : "ignore", "pipe"],
    windowsHide: true,
  });
  const killSwitch = new KillSwitch(() => {
    child.kill("SIGKILL");
    // A reader that has gone must not keep the pipe, and with it `done`, open.
    child.stdout?.destroy();
  }, options);
  // A process that has ended reads no more; why it did is what `done` says.
  child.stdin?.on("error", () => undefined);
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARACTERS);
    options.onStderr?.(text);
  });

  const done = new Promise<void>((resolve, reject) => {
    const settle = (failure: StreamflowError | null): void => {
      const reason = killSwitch.end(failure);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an AbortSignal's reason is passed on as it is
      if (reason !== null || killSwitch.pulled) reject(reason);
      else resolve();
    };
    child.once("error", (error) => settle(failed(`ffmpeg could not be started (${error.message})`, tail, error)));
    child.once("close", (code, signal) => {
      if (code === 0) settle(null);
      else settle(failed(signal === null ? `ffmpeg ended with code ${code}` : `ffmpeg was killed by ${signal}`, tail));
    });
  });
  // Whoever reads the output first awaits `done` later; a failure in between must not count as unhandled.
  done.catch(() => undefined);
  if (options.signal?.aborted === true) killSwitch.pull(options.signal.reason);
  return { stdin: child.stdin, stdout: child.stdout, done, kill: (reason) => killSwitch.pull(reason) };
}
