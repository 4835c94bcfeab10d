import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StreamflowError } from "../../errors.ts";
import type { Case } from "../../vm/start.ts";
import { decodeState } from "../../vm/state.ts";
import type { Witness } from "../../vm/trace.ts";
import type { Run } from "./interface.ts";

/** What the thread is asked. */
export type Question =
  { readonly kind: "hashes"; readonly steps: readonly bigint[] } | { readonly kind: "witness"; readonly step: bigint };

export type Answer =
  | { readonly kind: "hashes"; readonly hashes: readonly string[] }
  | { readonly kind: "witness"; readonly state: Uint8Array; readonly proof: Uint8Array };

export interface ThreadedRunOptions {
  /** {ms} For one question; the program may have to run to its end for it. */
  readonly timeoutMs: number;
}

/** A run in a thread of its own, so that whoever asks is not held up. Takes memory until it is closed. */
export class ThreadedRun implements Run {
  readonly #thread: Worker;
  readonly #timeoutMs: number;
  /** The last answer: one question at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(judged: Case, { timeoutMs }: ThreadedRunOptions) {
    this.#thread = new Worker(new URL("./run-thread.ts", import.meta.url), { workerData: judged });
    this.#timeoutMs = timeoutMs;
    // An error is told to who asks; nobody has to.
    this.#thread.on("error", () => undefined);
    this.#thread.once("exit", () => (this.#isClosed = true));
  }

  /** Errors: `RunTimedOut`, after which there are no more answers. */
  async hashesAt(steps: readonly bigint[]): Promise<readonly string[]> {
    const answer = await this.#ask({ kind: "hashes", steps });
    if (answer.kind !== "hashes") throw new TypeError("the thread answered something else");
    return answer.hashes;
  }

  /** Errors: `RunTimedOut`, after which there are no more answers. */
  async witnessAt(step: bigint): Promise<Witness> {
    const answer = await this.#ask({ kind: "witness", step });
    if (answer.kind !== "witness") throw new TypeError("the thread answered something else");
    return { state: decodeState(answer.state), proof: answer.proof };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread.terminate();
  }

  #ask(question: Question): Promise<Answer> {
    const turn = this.#last.then(() => this.#answer(question));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #answer(question: Question): Promise<Answer> {
    if (this.#isClosed) throw new Error("the run is closed");
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const done = new AbortController();
    const signal = AbortSignal.any([limit, done.signal]);
    const answered = once(this.#thread, "message", { signal });
    const ended = once(this.#thread, "exit", { signal }).then(() => {
      throw new Error("the run's thread has ended");
    });
    // Only the first of them is waited for.
    for (const either of [answered, ended]) either.catch(() => undefined);
    this.#thread.postMessage(question);
    try {
      return ((await Promise.race([answered, ended])) as [Answer])[0];
    } catch (cause) {
      await this.close();
      if (!limit.aborted) throw cause;
      throw new StreamflowError("RunTimedOut", `no answer within ${this.#timeoutMs} ms`, {
        timeoutMs: this.#timeoutMs,
      });
    } finally {
      done.abort();
    }
  }
}
