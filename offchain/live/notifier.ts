import { createHmac, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { type ErrorCode, messageOf, StreamflowError } from "../errors.ts";
import type { Clock } from "../pm/interface.ts";
import { readSecrets } from "../secrets.ts";
import type { Publisher } from "./admission.ts";

/** What became of a stream. */
export type StreamEvent = {
  /** As the encoder calls it. */
  readonly name: string;
  /** bytes32: names the stream in orders and receipts, and tells it from others of its name. */
  readonly stream: string;
} & (
  | { readonly type: "stream.begun"; readonly protocol: Publisher["protocol"] }
  /** Its encoder's connection has ended, and it waits for another one. */
  | { readonly type: "stream.interrupted" }
  | { readonly type: "stream.resumed" }
  /** Everything that came is published. {1} Segments, and those of which nobody delivered renditions. {s} Of the source. */
  | { readonly type: "stream.ended"; readonly segments: number; readonly missing: number; readonly seconds: number }
  /** It has ended before its time. */
  | { readonly type: "stream.failed"; readonly code: ErrorCode }
  /** `playlist`: the master playlist, below `out`. */
  | { readonly type: "recording.complete"; readonly playlist: string }
);

/** {1} Events that wait; beyond it the oldest is given up. */
const MOST_WAITING = 1_000;
/** {ms} Before each further attempt. */
const PAUSES_MS = [1_000, 5_000, 20_000, 60_000];
/** {ms} How long the node waits for what has not been told when it stops. */
const LAST_MS = 5_000;
const SECRET = /^whsec_([A-Za-z0-9+/]{32,128}={0,2})$/;

export interface NotifierOptions {
  readonly url: string;
  /** What messages are signed with; null: they are not. */
  readonly key: Buffer | null;
  /** {ms} For one attempt. */
  readonly timeoutMs: number;
}

interface Message {
  readonly id: string;
  readonly event: StreamEvent;
  /** {ms} */
  readonly at: number;
}

/**
 * Tells the operator's own service what becomes of streams, one event after the other, each until it is taken or was tried often enough. Messages and
 * their signatures are those of Standard Webhooks (https://www.standardwebhooks.com).
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #modules: { readonly clock: Clock; readonly log: Logger };
  readonly #waiting: Message[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: NotifierOptions, modules: { readonly clock: Clock; readonly log: Logger }) {
    this.#options = options;
    this.#modules = modules;
  }

  notify(event: StreamEvent): void {
    this.#waiting.push({ id: `msg_${randomUUID()}`, event, at: this.#modules.clock.now() });
    if (this.#waiting.length > MOST_WAITING) this.#giveUp(this.#waiting.shift()!, `more than ${MOST_WAITING} wait`);
    this.#running ??= this.#run();
  }

  /** Tells what waits, as far as that is taken soon. */
  async close(): Promise<void> {
    const limit = setTimeout(() => this.#stop.abort(new Error("the node stops")), LAST_MS);
    await this.#running;
    clearTimeout(limit);
  }

  async #run(): Promise<void> {
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift())
      await this.#tell(message);
    this.#running = null;
  }

  async #tell(message: Message): Promise<void> {
    const { clock } = this.#modules;
    for (let attempt = 0; ; attempt++) {
      const reason = await this.#attempt(message);
      if (reason === null) return;
      const pause = PAUSES_MS[attempt];
      if (pause === undefined || this.#stop.signal.aborted) return this.#giveUp(message, reason);
      await clock.sleep(pause, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Null when it was taken; else why not. */
  async #attempt({ id, event, at }: Message): Promise<string | null> {
    const { url, key, timeoutMs } = this.#options;
    const { type, ...data } = event;
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    const seconds = Math.floor(this.#modules.clock.now() / 1_000);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": `${seconds}`,
          ...(key !== null && { "webhook-signature": `v1,${sign(key, `${id}.${seconds}.${body}`)}` }),
        },
        body,
        // The operator named one address, and no other is told.
        redirect: "error",
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stop.signal]),
      });
      await response.body?.cancel();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return messageOf(error);
    }
  }

  #giveUp({ event: { type, name, stream } }: Message, reason: string): void {
    this.#modules.log.warn({ type, name, stream, detail: reason }, "event was not taken");
  }
}

function sign(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64");
}

/** The key in a file that holds `whsec_` and base64 of 24 bytes or more. Errors: `ConfigInvalid`. */
export async function readWebhookKey(file: string): Promise<Buffer> {
  const text = await readSecrets(file, { name: "a webhook's secret", parse: (content) => content.trim() });
  const base64 = SECRET.exec(text as string)?.[1];
  if (base64 === undefined)
    throw new StreamflowError("ConfigInvalid", `${file} must hold whsec_ and base64 of 24 bytes or more`);
  return Buffer.from(base64, "base64");
}
