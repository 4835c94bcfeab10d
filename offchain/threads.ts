import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** The first message of a thread. */
export const READY = "ready";

export interface AskedThreadOptions {
  /** What it is, for messages. */
  readonly name: string;
  /** {ms} For one question. */
  readonly timeoutMs: number;
  /** What the thread is given when it starts. */
  readonly data?: unknown;
  /** What is thrown when there is no answer in time. */
  readonly timedOut: () => Error;
}

/**
 * A thread that answers each message with one message, for what does not yield while it works. Its module says that it is loaded with a first message, `READY`: a
 * thread that is ended while it loads native code can take the whole process with it.
 */
export class AskedThread<Question, Answer> {
  readonly #thread: Worker;
  readonly #options: AskedThreadOptions;
  /** Resolves when its module is loaded, or it has ended. */
  readonly #loaded: Promise<unknown>;
  /** The last answer: one question at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** What ended it. */
  #failure: Error | undefined;

  /** @param module what the thread runs */
  constructor(module: URL, options: AskedThreadOptions) {
    this.#thread = new Worker(module, { workerData: options.data });
    this.#options = options;
    // An error ends the thread, and that is told to who waits; nobody has to.
    this.#thread.on("error", (error: Error) => (this.#failure = error));
    this.#thread.once("exit", () => (this.#isClosed = true));
    this.#loaded = new Promise<unknown>((resolve) => this.#thread.once("message", resolve).once("exit", resolve));
  }

  /** Whether it gives no more answers: it was closed, has failed, or has not answered in time. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lets the process end while the thread waits. */
  unref(): void {
    this.#thread.unref();
  }

  /** @param transfer buffers that are given away with the question. Errors: that of the time limit. */
  ask(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    const turn = this.#last.then(() => this.#answer(question, transfer));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#loaded;
    await this.#thread.terminate();
  }

  async #answer(question: Question, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    const { name, timeoutMs, timedOut } = this.#options;
    await this.#loaded;
    if (this.#isClosed) throw this.#failure ?? new Error(`${name} is closed`);
    const limit = AbortSignal.timeout(timeoutMs);
    const done = new AbortController();
    const signal = AbortSignal.any([limit, done.signal]);
    const answered = once(this.#thread, "message", { signal });
    const ended = once(this.#thread, "exit", { signal }).then(() => {
      throw new Error(`${name}'s thread has ended`);
    });
    // Only the first of them is waited for.
    for (const either of [answered, ended]) either.catch(() => undefined);
    this.#thread.postMessage(question, transfer);
    try {
      return ((await Promise.race([answered, ended])) as [Answer])[0];
    } catch (cause) {
      await this.close();
      throw limit.aborted ? timedOut() : cause;
    } finally {
      done.abort();
    }
  }
}
