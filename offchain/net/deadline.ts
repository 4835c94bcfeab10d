import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { parseRequest } from "./parse.ts";

/** {ms} In a request: how long its sender still waits, from when it was sent. A span and no time of day: clocks of peers differ by more than a segment lasts. */
export const REMAINING_HEADER = "streamflow-remaining-ms";

/** {ms} */
const LONGEST_MS = 600_000;

const headersSchema = z.object({
  [REMAINING_HEADER]: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, `1 to ${LONGEST_MS}`)
    .transform(Number)
    .pipe(z.int().max(LONGEST_MS))
    .optional(),
});

/** Until when work is of use to whoever asked for it, and whether it still waits. */
export class Deadline {
  /** Aborted when the time is up, with `DeadlineExceeded`, or when the asker has gone, with `BuyerGone`. */
  readonly signal: AbortSignal;
  readonly #at: number;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param ms {ms} from now
   * @param gone aborted when the asker has gone
   */
  constructor(ms: number, gone?: AbortSignal) {
    this.#at = performance.now() + ms;
    const over = new AbortController();
    this.#timer = setTimeout(() => over.abort(exceeded(ms)), ms);
    this.#timer.unref();
    const onGone = () => {
      this.end();
      over.abort(new StreamflowError("BuyerGone", "the connection was closed before the answer"));
    };
    gone?.addEventListener("abort", onGone, { once: true });
    if (gone?.aborted === true) onGone();
    this.signal = over.signal;
  }

  /** The answer has gone out: nothing has to be ended any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** {ms} That are left; 0 when none are. */
  get remainingMs(): number {
    return Math.max(0, Math.round(this.#at - performance.now()));
  }
}

/**
 * By what a request says, from when its head has come: its body has to come within it, too.
 * @param longestMs {ms} that this node works on a request at most; of one that says nothing it is taken
 * Errors: `RequestInvalid`
 */
export function deadlineOf({ headers }: FastifyRequest, reply: FastifyReply, longestMs: number): Deadline {
  const { [REMAINING_HEADER]: said } = parseRequest(headersSchema, headers);
  const gone = new AbortController();
  const leftMs = said === undefined ? longestMs : Math.min(said - reply.elapsedTime, longestMs);
  const deadline = new Deadline(Math.max(0, leftMs), gone.signal);
  const onClose = () => (reply.raw.writableFinished ? deadline.end() : gone.abort());
  reply.raw.once("close", onClose);
  // Its connection may have been closed before.
  if (reply.raw.destroyed) onClose();
  return deadline;
}

const exceeded = (ms: number) =>
  new StreamflowError("DeadlineExceeded", `the ${Math.round(ms)} ms that there were for it are over`);
