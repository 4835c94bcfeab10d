import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StreamflowError } from "../../errors.ts";
import type { Judgement } from "./judge.ts";
import type { StructureParameters } from "./parameters.ts";

/** A segment with all of its renditions, in the order of the parameters. */
export interface StructureWork {
  readonly parameters: StructureParameters;
  /** At most 64 MiB, as each of the outputs. */
  readonly source: Uint8Array;
  readonly outputs: readonly Uint8Array[];
}

/** Runs the structure program over whole segments. */
export interface Judge {
  /** One judgement for each output. Errors: `JudgementTimedOut`. */
  judge(work: StructureWork): Promise<readonly Judgement[]>;
}

/**
 * The judge in a thread of its own, one segment after the other; after a failure, in another one. The thread does not keep the process
 * alive.
 */
export class ThreadedJudge implements Judge {
  readonly #timeoutMs: number;
  #thread: Worker | null = startThread();
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param timeoutMs {ms} for one segment; the longest that a program may run in it are 512 steps for each byte: LIP-7 */
  constructor({ timeoutMs }: { readonly timeoutMs: number }) {
    this.#timeoutMs = timeoutMs;
  }

  judge(work: StructureWork): Promise<readonly Judgement[]> {
    const turn = this.#last.then(() => this.#judge(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #judge({ parameters, source, outputs }: StructureWork): Promise<readonly Judgement[]> {
    if (this.#isClosed) throw new Error("the judge is closed");
    const thread = (this.#thread ??= startThread());
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const done = new AbortController();
    const signal = AbortSignal.any([limit, done.signal]);
    const answered = once(thread, "message", { signal });
    const ended = once(thread, "exit", { signal }).then(() => {
      throw new Error("the judge's thread has ended");
    });
    // Only the first of them is waited for.
    for (const either of [answered, ended]) either.catch(() => undefined);
    // Copies: a view would take all of the buffer that it is a part of along with it.
    const copies = [source, ...outputs].map((bytes) => Uint8Array.from(bytes));
    const [first, ...rest] = copies;
    thread.postMessage(
      { parameters, source: first!, outputs: rest } satisfies StructureWork,
      copies.map(({ buffer }) => buffer),
    );
    try {
      return ((await Promise.race([answered, ended])) as [readonly Judgement[]])[0];
    } catch (cause) {
      await this.#end();
      if (!limit.aborted) throw cause;
      throw new StreamflowError("JudgementTimedOut", `not judged within ${this.#timeoutMs} ms`, {
        timeoutMs: this.#timeoutMs,
      });
    } finally {
      done.abort();
    }
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }
}

function startThread(): Worker {
  const thread = new Worker(new URL("./judge-thread.ts", import.meta.url));
  thread.unref();
  // An error ends the thread, and that is told to who waits.
  thread.on("error", () => undefined);
  return thread;
}
