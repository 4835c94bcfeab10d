import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../offchain/cli/main.js", import.meta.url));
const CLOSE_MS = 10_000;

/** What Node is told to run a program whose clock is so many seconds ahead {s}, or behind if negative. */
export function shiftedClock(seconds: number): string[] {
  const module = new URL("shifted-clock.ts", import.meta.url);
  module.search = `?seconds=${seconds}`;
  return ["--import", module.href];
}

/** A line of a role's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/**
 * One role as a process of its own. Its log goes to a file and to whoever waits for a line; its end is known even when it is killed.
 */
export class RoleProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines = new EventEmitter();
  readonly #log: WriteStream;
  readonly #exited: Promise<number | null>;
  #errorOutput = "";
  #ended = false;

  /**
   * @param args    what stands after `streamflow`
   * @param logFile receives the process's standard output and error
   * @param options `program`: what is run instead of `streamflow`; `nodeOptions`: what Node itself is told; `environment`: variables besides this process's own
   */
  constructor(
    name: string,
    args: readonly string[],
    logFile: string,
    {
      program = MAIN,
      nodeOptions = [],
      environment = {},
    }: {
      readonly program?: string;
      readonly nodeOptions?: readonly string[];
      readonly environment?: Readonly<Record<string, string>>;
    } = {},
  ) {
    this.name = name;
    this.#log = createWriteStream(logFile, { flags: "a" });
    // The channel's only use: when this process dies, however it dies, the role sees the channel close and ends.
    this.#child = spawn(process.execPath, [...nodeOptions, program, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...ownEnvironment(), ...environment },
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("no pipes");
    stderr.on("data", (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString("utf8")).slice(-4_000);
      this.#log.write(chunk);
    });
    createInterface({ input: stdout }).on("line", (text) => {
      this.#log.write(`${text}\n`);
      const line = parse(text);
      if (line !== null) this.#lines.emit("line", line);
    });
    this.#exited = once(this.#child, "close").then(([code]) => {
      this.#log.end();
      this.#ended = true;
      this.#lines.emit("exit");
      return code as number | null;
    });
  }

  /** @returns a function that ends the listening */
  onLine(listener: (line: LogLine) => void): () => void {
    this.#lines.on("line", listener);
    return () => this.#lines.off("line", listener);
  }

  /**
   * The next line with this message. Rejects, with what the process said, when it ends before; with the signal's reason when that fires.
   */
  line(message: string, signal?: AbortSignal): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const settle = (next: () => void) => {
        this.#lines.off("line", onLine);
        this.#lines.off("exit", onExit);
        signal?.removeEventListener("abort", onAbort);
        next();
      };
      const onLine = (line: LogLine) => {
        if (line.msg === message) settle(() => resolve(line));
      };
      const onExit = () =>
        settle(() => reject(new Error(`${this.name} ended: ${this.#errorOutput.trim() || "without a word"}`)));
      const onAbort = () => settle(() => reject(signal?.reason as Error));
      if (signal?.aborted === true) return onAbort();
      if (this.#ended) return onExit();
      this.#lines.on("line", onLine);
      this.#lines.on("exit", onExit);
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** What the process wrote to its standard error, at most the last 4,000 characters. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The exit status, null when a signal ended it. */
  exited(): Promise<number | null> {
    return this.#exited;
  }

  /** Ends it without warning. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Asks it to end; after ten seconds it is made to. */
  async close(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), CLOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }
}

/** A role sees only what an operator would give it; a developer's settings for the roles must not leak into a local network. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("STREAMFLOW_") && name !== "NODE_OPTIONS"),
  );
}

function parse(text: string): LogLine | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && typeof (json as { msg?: unknown }).msg === "string"
      ? (json as LogLine)
      : null;
  } catch {
    return null;
  }
}
