import { Worker } from "node:worker_threads";

/** The first message of a thread. */
export const READY = "ready";

/** {MiB} A thread makes few objects: V8's usual 128 would fill over an hour, which looks like a leak, and be as much memory as all of the main thread's. */
const YOUNG_GENERATION_MB = 16;

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
    this.#thread = new Worker(module, {
      workerData: options.data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
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
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const onExit = () => reject(this.#failure ?? new Error(`${name}'s thread has ended`));
    const limit = setTimeout(() => reject(timedOut()), timeoutMs).unref();
    this.#thread.once("message", resolve).once("exit", onExit);
    this.#thread.postMessage(question, transfer);
    try {
      return await promise;
    } catch (cause) {
      await this.close();
      throw cause;
    } finally {
      clearTimeout(limit);
      this.#thread.off("message", resolve).off("exit", onExit);
    }
  }
}
