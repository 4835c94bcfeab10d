import { StreamflowError } from "../../errors.ts";
import { AskedThread } from "../../threads.ts";
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
  #thread: JudgeThread;
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

  #judge({ parameters, source, outputs }: StructureWork): Promise<readonly Judgement[]> {
    if (this.#isClosed) throw new Error("the judge is closed");
    if (this.#thread.isClosed) this.#thread = startThread(this.#timeoutMs);
    // Copies: a view would take all of the buffer that it is a part of along with it.
    const [first, ...rest] = [source, ...outputs].map((bytes) => Uint8Array.from(bytes));
    const transfer = [first!, ...rest].map(({ buffer }) => buffer);
    return this.#thread.ask({ parameters, source: first!, outputs: rest }, transfer);
  }
}

type JudgeThread = AskedThread<StructureWork, readonly Judgement[]>;

function startThread(timeoutMs: number): JudgeThread {
  const thread: JudgeThread = new AskedThread(new URL("./judge-thread.ts", import.meta.url), {
    name: "the judge",
    timeoutMs,
    timedOut: () => new StreamflowError("JudgementTimedOut", `not judged within ${timeoutMs} ms`, { timeoutMs }),
  });
  thread.unref();
  return thread;
}
