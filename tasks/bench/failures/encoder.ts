import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Random } from "../../../sim/engine/random.ts";
import type { Made } from "./source.ts";

/** A segment on its way, and afterwards. */
export interface Sent {
  readonly number: number;
  readonly digest: string;
  readonly info: Made["info"];
  /** In force when it was sent first. */
  readonly kind: string;
  /** {ms} From the first sending to the answer. */
  readonly tookMs: number;
  /** Whether the gateway answered with the renditions. */
  readonly isAnswered: boolean;
}

export interface EncoderOptions {
  readonly gateway: string;
  readonly name: string;
  /** Segments under way at the same time. */
  readonly atOnce: number;
}

export interface EncoderModules {
  /** The fault that is in force. */
  readonly kind: () => string;
  /** Whether it shall send in another order, and repeat. */
  readonly isUnruly: () => boolean;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const problemSchema = z.object({ code: z.string() });
/** {ms} Between two tries to send what the gateway would not take. */
const AGAIN_MS = 500;
/** {ms} That a segment waits for its successor to overtake it. */
const OVERTAKE_MS = 150;
/** Tries after which a gateway is gone for good. */
const MOST_TRIES = 240;

/** Pushes a stream as encoders of the live network do: with numbers, and waiting for the renditions. */
export class Encoder {
  readonly #options: EncoderOptions;
  readonly #modules: EncoderModules;
  /** Requests beside those that were needed. */
  repeats = 0;

  constructor(options: EncoderOptions, modules: EncoderModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Sends all; the answer is in their order. */
  async send(segments: readonly Made[]): Promise<Sent[]> {
    const sent: Sent[] = [];
    const queue = segments.entries();
    const one = async ([number, made]: [number, Made]) => {
      sent[number] = await this.#push(number, made);
    };
    // A stream begins with the number that comes first: the others follow it.
    const first = queue.next();
    if (!first.done) await one(first.value);
    const lane = async () => {
      for (const entry of queue) await one(entry);
    };
    await Promise.all(Array.from({ length: this.#options.atOnce }, lane));
    return sent;
  }

  /** Says that the stream is over. */
  async finish(): Promise<void> {
    const { gateway, name } = this.#options;
    await fetch(`${gateway}/live/${name}`, { method: "DELETE", signal: this.#modules.signal });
  }

  async #push(number: number, { bytes, digest, info }: Made): Promise<Sent> {
    const { kind: kindNow, isUnruly, random } = this.#modules;
    const [kind, begun] = [kindNow(), performance.now()];
    const unruly = number > 0 && isUnruly();
    // Its successor is sent by another lane meanwhile, and arrives first.
    if (unruly && random.chance(0.5)) await delay(OVERTAKE_MS);
    const pushes = [this.#put(number, bytes)];
    if (unruly) {
      this.repeats++;
      pushes.push(this.#put(number, bytes));
    }
    const [answer, ...repeated] = await Promise.all(pushes);
    // A repetition that comes too late to be answered is told so.
    if (repeated.some((other) => other !== answer && other !== "late") || answer === "late")
      throw new Error(`${this.#options.name}: segment ${number} was answered with ${answer}, then ${repeated.join()}`);
    return { number, digest, info, kind, tookMs: performance.now() - begun, isAnswered: answer === "renditions" };
  }

  async #put(number: number, bytes: Buffer): Promise<"renditions" | "missing" | "late"> {
    const { gateway, name } = this.#options;
    for (let tries = 1; ; tries++) {
      const response = await fetch(`${gateway}/live/${name}/${number}.ts`, {
        method: "PUT",
        body: new Uint8Array(bytes),
        headers: { accept: "multipart/mixed" },
        signal: this.#modules.signal,
      });
      const body = await response.arrayBuffer();
      if (response.status === 200) return "renditions";
      const { code } = problemSchema.parse(JSON.parse(Buffer.from(body).toString("utf8")));
      if (code === "SegmentMissing") return "missing";
      if (code === "SegmentLate") return "late";
      if (code !== "StreamBehind" || tries === MOST_TRIES)
        throw new Error(`${name}: segment ${number} was refused with ${code}`);
      await delay(AGAIN_MS);
    }
  }
}
