import { StreamflowError } from "../../errors.ts";
import { AskedThread } from "../../threads.ts";
import { type Judgement, structureProgram } from "./judge.ts";
import { encodeStructureParameters, type StructureParameters } from "./parameters.ts";

/** A segment with all of its renditions, in the order of the parameters. */
export interface StructureWork {
  readonly parameters: StructureParameters;
  /** At most 64 MiB, as each of the outputs. */
  readonly source: Uint8Array;
  readonly outputs: readonly Uint8Array[];
}

/** The same with the source and the outputs one after the other in memory that both threads see. */
export interface SharedWork {
  /** As they are in the machine's memory. */
  readonly parameters: Uint8Array;
  readonly memory: SharedArrayBuffer;
  /** {bytes} Of the source, then of each output. */
  readonly lengths: readonly number[];
}

/** {bytes} Shared memory that is kept for the next segment: more than those of two seconds need. */
const MOST_KEPT_BYTES = 2 ** 24;

/** Runs the structure program over whole segments. */
export interface Judge {
  /** One judgement for each output. Errors: `JudgementTimedOut`, `ParametersInvalid`. */
  judge(work: StructureWork): Promise<readonly Judgement[]>;
}

/**
 * The judge in a thread of its own, one segment after the other; after a failure, in another one. The thread does not keep the process
 * alive.
 */
export class ThreadedJudge implements Judge {
  readonly #timeoutMs: number;
  #thread: JudgeThread;
  #memory = new SharedArrayBuffer(0);
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param timeoutMs {ms} for one segment; the longest that a program may run in it are 512 steps for each byte: LIP-7 */
  constructor({ timeoutMs }: { readonly timeoutMs: number }) {
    this.#timeoutMs = timeoutMs;
    this.#thread = startThread(timeoutMs);
  }

  judge(work: StructureWork): Promise<readonly Judgement[]> {
    const turn = this.#last.then(() => this.#judge(work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread.close();
  }

  async #judge({ parameters, source, outputs }: StructureWork): Promise<readonly Judgement[]> {
    if (this.#isClosed) throw new Error("the judge is closed");
    if (this.#thread.isClosed) this.#thread = startThread(this.#timeoutMs);
    const encoded = encodeStructureParameters(parameters);
    const segments = [source, ...outputs];
    const lengths = segments.map(({ length }) => length);
    const memory = this.#memoryOf(lengths.reduce((sum, length) => sum + length, 0));
    const view = new Uint8Array(memory);
    let at = 0;
    for (const segment of segments) {
      view.set(segment, at);
      at += segment.length;
    }
    try {
      return await this.#thread.ask({ parameters: encoded, memory, lengths });
    } catch (error) {
      // A thread that is being ended may still read it.
      this.#memory = new SharedArrayBuffer(0);
      throw error;
    }
  }

  /** One segment is judged at a time, so the same memory serves all: to give each its own is garbage of its size. */
  #memoryOf(bytes: number): SharedArrayBuffer {
    if (bytes <= this.#memory.byteLength) return this.#memory;
    const memory = new SharedArrayBuffer(2 ** Math.ceil(Math.log2(bytes)));
    if (bytes <= MOST_KEPT_BYTES) this.#memory = memory;
    return memory;
  }
}

type JudgeThread = AskedThread<SharedWork, readonly Judgement[]>;

function startThread(timeoutMs: number): JudgeThread {
  const thread: JudgeThread = new AskedThread(new URL("./judge-thread.ts", import.meta.url), {
    name: "the judge",
    timeoutMs,
    data: structureProgram(),
    timedOut: () => new StreamflowError("JudgementTimedOut", `not judged within ${timeoutMs} ms`, { timeoutMs }),
  });
  thread.unref();
  return thread;
}
