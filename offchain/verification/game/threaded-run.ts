import { StreamflowError } from "../../errors.ts";
import { AskedThread } from "../../threads.ts";
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
  readonly #thread: AskedThread<Question, Answer>;

  constructor(judged: Case, { timeoutMs }: ThreadedRunOptions) {
    this.#thread = new AskedThread(new URL("./run-thread.ts", import.meta.url), {
      name: "the run",
      timeoutMs,
      data: judged,
      timedOut: () => new StreamflowError("RunTimedOut", `no answer within ${timeoutMs} ms`, { timeoutMs }),
    });
  }

  /** Errors: `RunTimedOut`, after which there are no more answers. */
  async hashesAt(steps: readonly bigint[]): Promise<readonly string[]> {
    const answer = await this.#thread.ask({ kind: "hashes", steps });
    if (answer.kind !== "hashes") throw new TypeError("the thread answered something else");
    return answer.hashes;
  }

  /** Errors: `RunTimedOut`, after which there are no more answers. */
  async witnessAt(step: bigint): Promise<Witness> {
    const answer = await this.#thread.ask({ kind: "witness", step });
    if (answer.kind !== "witness") throw new TypeError("the thread answered something else");
    return { state: decodeState(answer.state), proof: answer.proof };
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
