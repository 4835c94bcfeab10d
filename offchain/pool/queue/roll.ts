import type { Logger } from "pino";
import { type Presence, presenceSchema } from "./messages.ts";

/** {1} Names that are remembered; whoever comes later is not counted. */
const MOST = 1_000;
/** Looks at the roll in each part of the time that a transcoder may be silent. */
const LOOKS = 3;

interface Present {
  readonly capacity: number;
  /** {ms} When it was last heard of, on the monotonic clock. */
  readonly heard: number;
}

export interface RollOptions {
  /** {ms} After which a silent transcoder is not there. */
  readonly silenceMs: number;
}

/** The transcoders of a queue, as they say themselves through Redis. What they say is heard in every front end, and believed as far as it has the form. */
export class Roll {
  readonly #present = new Map<string, Present>();
  readonly #silenceMs: number;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;

  constructor({ silenceMs }: RollOptions, modules: { readonly log: Logger }) {
    this.#silenceMs = silenceMs;
    this.#log = modules.log;
    this.#timer = setInterval(() => this.#sweep(), silenceMs / LOOKS);
    this.#timer.unref();
  }

  /** A message of the channel. */
  hear(text: string): void {
    const presence = parse(text);
    if (presence === null) return this.#log.warn("not a transcoder's message: ignored");
    const { name, capacity, speed, encoders } = presence;
    if (capacity === 0) return this.#strike(name);
    const isNew = !this.#present.has(name);
    if (isNew && this.#present.size >= MOST) return;
    this.#present.set(name, { capacity, heard: performance.now() });
    if (isNew) this.#log.info({ transcoder: name, capacity, speed, encoders }, "transcoder joined");
  }

  /** Who is there, with the segments that each takes at the same time. */
  *[Symbol.iterator](): Generator<{ readonly name: string; readonly capacity: number }> {
    this.#sweep();
    for (const [name, { capacity }] of this.#present) yield { name, capacity };
  }

  /** Nobody is heard any more. */
  clear(): void {
    for (const name of this.#present.keys()) this.#strike(name);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #strike(name: string): void {
    if (this.#present.delete(name)) this.#log.info({ transcoder: name }, "transcoder left");
  }

  #sweep(): void {
    const oldest = performance.now() - this.#silenceMs;
    for (const [name, { heard }] of this.#present) if (heard < oldest) this.#strike(name);
  }
}

function parse(text: string): Presence | null {
  try {
    return presenceSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
