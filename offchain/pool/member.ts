import { outputPixels } from "../media/ladder.ts";
import type { Encoder, TranscodedRendition } from "../media/interface.ts";
import type { Clock } from "../pm/interface.ts";
import type { Conduct } from "./conduct.ts";
import type { Transcoder, Work } from "./interface.ts";
import { Pace } from "./pace.ts";

/** What its time depends on. */
type Load = Pick<Work, "source" | "renditions">;

/** Doublings of the expected time by failures, at most. */
const MOST_DOUBTS = 6;

/** {1} What an encoder in hardware is expected to be quicker by, until it has shown. */
const HARDWARE_FACTOR = 4;

/** A transcoder in the pool: what it has to do, and what is to be expected of it. */
export class Member {
  readonly transcoder: Transcoder;
  readonly conduct: Conduct;
  readonly #clock: Pick<Clock, "now">;
  /** By encoder: one in hardware is quicker than the processor, or slower. */
  readonly #paces: Readonly<Record<Encoder, Pace>>;
  #busy = 0;
  #isLeaving = false;
  readonly #idle = Promise.withResolvers<void>();

  constructor(transcoder: Transcoder, modules: { readonly conduct: Conduct; readonly clock: Pick<Clock, "now"> }) {
    this.transcoder = transcoder;
    this.conduct = modules.conduct;
    this.#clock = modules.clock;
    const { capacity, speed, hardware } = transcoder;
    this.#paces = {
      auditable: new Pace(capacity, speed),
      fast: new Pace(capacity, speed, hardware === null ? 1 : HARDWARE_FACTOR),
    };
  }

  /** Segments that it may have at the same time. */
  get places(): number {
    return this.#isLeaving ? 0 : this.conduct.places(this.transcoder.capacity, this.#clock.now());
  }

  /** How many more it may have now. */
  get free(): number {
    return Math.max(0, this.places - this.#busy);
  }

  /** Share of its places that is taken. */
  get load(): number {
    return this.#busy / this.transcoder.capacity;
  }

  /** {ms} Until it would have done this beside what it has. */
  expected(work: Load): number {
    return this.#paceOf(work).expected(pixelsOf(work), this.#busy);
  }

  /** {ms} The same, longer when it has failed of late: others are preferred. */
  doubtful(work: Load): number {
    return this.expected(work) * 2 ** Math.min(MOST_DOUBTS, this.conduct.doubts);
  }

  /** It gets no more work. Resolves when it has none. */
  drain(): Promise<void> {
    this.#isLeaving = true;
    if (this.#busy === 0) this.#idle.resolve();
    return this.#idle.promise;
  }

  take(): void {
    this.#busy++;
  }

  giveBack(): void {
    this.#busy--;
    if (this.#isLeaving && this.#busy === 0) this.#idle.resolve();
  }

  /** Work on a place that was taken. */
  async run(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    const [begun, others, pixels] = [this.#clock.now(), this.#busy - 1, pixelsOf(work)];
    const pace = this.#paceOf(work);
    const elapsed = () => Math.max(1, this.#clock.now() - begun);
    const learn = () => pace.observe(pixels, others, elapsed());
    try {
      const results = await this.transcoder.transcode(work, signal);
      learn();
      return results;
    } catch (error) {
      // That a failure came quickly says nothing of how quick good work is; that nothing came for long does.
      if (elapsed() > pace.expected(pixels, others)) learn();
      throw error;
    }
  }

  /** A ladder that has both takes as long as its slower part. */
  #paceOf({ renditions }: Load): Pace {
    return this.#paces[renditions.every(({ encoder }) => encoder === "fast") ? "fast" : "auditable"];
  }
}

export function pixelsOf({ renditions, source }: Load): number {
  return Number(outputPixels(renditions, source.frames));
}
