import type { Logger } from "pino";
import { messageOf, StreamflowError } from "../../errors.ts";
import type { TranscodedRendition } from "../../media/interface.ts";
import type { Clock } from "../../pm/interface.ts";
import { Conduct } from "../conduct.ts";
import type { Work } from "../interface.ts";
import { judgedRenditions } from "../judged.ts";
import { pixelsOf } from "../member.ts";
import { Pace } from "../pace.ts";

/** One piece of work that a front end waits for. */
interface Open {
  readonly work: Work;
  /** {ms} On the monotonic clock. */
  readonly deadline: number;
  /** Who was given it, in turn; each but the last has failed at it or was lost. */
  readonly takers: string[];
  /** {ms} When the last one was. */
  takenAt: number;
  readonly done: PromiseWithResolvers<TranscodedRendition[]>;
}

export interface OpenWorkModules {
  readonly clock: Pick<Clock, "now">;
  /** Whether another transcoder than this one is there that may work. */
  readonly hasOther: (name: string) => boolean;
  readonly log: Logger;
}

/**
 * What one front end has put into a queue and waits for. Transcoders choose themselves what they take; here they are given it, or not: who has failed
 * at it is the last to be given it again, and who fails at what others do is left out for a while (`Conduct`).
 */
export class OpenWork {
  readonly #open = new Map<string, Open>();
  /** By name. As many as there are credentials. */
  readonly #conduct = new Map<string, Conduct>();
  /** Of all transcoders together, each with as much as it takes. */
  readonly #pace = new Pace(1, null);
  readonly #modules: OpenWorkModules;

  constructor(modules: OpenWorkModules) {
    this.#modules = modules;
  }

  /** {1} */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Waits for the renditions, as long as the work may take.
   * Errors: `TranscodeFailed`, those of `fail`, or the signal's reason.
   * @param signal whoever gives it up
   */
  async wait(id: string, work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    const done = Promise.withResolvers<TranscodedRendition[]>();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(work.timeoutMs)]);
    const onAbort = () => this.fail(id, new StreamflowError("TranscodeFailed", this.#overdue(id, signal)));
    limit.addEventListener("abort", onAbort);
    this.#open.set(id, { work, deadline: performance.now() + work.timeoutMs, takers: [], takenAt: 0, done });
    if (limit.aborted) onAbort();
    try {
      return await done.promise;
    } finally {
      limit.removeEventListener("abort", onAbort);
      this.#open.delete(id);
    }
  }

  /** {ms} That a transcoder is expected to take for it, once it has it. */
  expected(work: Pick<Work, "source" | "renditions">): number {
    return this.#pace.expected(pixelsOf(work), 0);
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  /** Those that no transcoder has begun. */
  untaken(): string[] {
    return [...this.#open].filter(([, { takers }]) => takers.length === 0).map(([id]) => id);
  }

  /** Segments that a transcoder of this capacity may have now. */
  places(name: string, capacity: number): number {
    return this.#conduct.get(name)?.places(capacity, this.#modules.clock.now()) ?? capacity;
  }

  /**
   * Gives a transcoder the work. Its `timeoutMs` is the time that is left.
   * Errors: `WorkGone`; `TranscoderLeftOut`, with `pauseMs` {ms} for which it is not given any other either.
   */
  handOut(id: string, name: string): Pick<Work, "media" | "renditions" | "timeoutMs"> {
    const open = this.#require(id);
    const { work, deadline, takers } = open;
    const leftOut = (why: string, pauseMs: number) => new StreamflowError("TranscoderLeftOut", why, { pauseMs });
    const pauseMs = this.#conduct.get(name)?.breakMs(this.#modules.clock.now()) ?? 0;
    if (pauseMs > 0) throw leftOut("others do what it fails at", pauseMs);
    if (this.#inHand(name) >= this.places(name, Infinity)) throw leftOut("it has to do one segment alone first", 0);
    if (takers.includes(name) && this.#modules.hasOther(name)) throw leftOut("it has failed at this segment", 0);
    takers.push(name);
    open.takenAt = performance.now();
    const { media, renditions } = work;
    return { media, renditions, timeoutMs: Math.max(1, Math.round(deadline - performance.now())) };
  }

  /**
   * Takes what a transcoder made.
   * Errors: `WorkGone` when nobody waits for it, or it was not given to this one; `TranscodeFailed` when it is not what was asked for.
   */
  deliver(id: string, name: string, parts: readonly Uint8Array[]): void {
    const { work, takers, takenAt, done } = this.#require(id);
    if (!takers.includes(name)) throw new StreamflowError("WorkGone", `${name} was not given ${id}`);
    let renditions: TranscodedRendition[];
    try {
      renditions = judgedRenditions(work, parts);
    } catch (error) {
      this.#modules.log.warn({ transcoder: name, detail: messageOf(error) }, "transcoder failed at a segment");
      throw new StreamflowError("TranscodeFailed", `${name}: ${messageOf(error)}`, {}, { cause: error });
    }
    this.#open.delete(id);
    this.#pace.observe(pixelsOf(work), 0, Math.max(1, performance.now() - takenAt));
    done.resolve(renditions);
    this.#conductOf(name).succeeded();
    for (const other of new Set(takers)) if (other !== name) this.#disproved(other);
  }

  /** Ends the work without renditions; nothing when nobody waits for it. */
  fail(id: string, error: StreamflowError): void {
    this.#open.get(id)?.done.reject(error);
  }

  /** Who has it, or had it last; null when nobody. */
  taker(id: string): string | null {
    return this.#open.get(id)?.takers.at(-1) ?? null;
  }

  #require(id: string): Open {
    const open = this.#open.get(id);
    if (open === undefined) throw new StreamflowError("WorkGone", `nobody waits for ${id}`);
    return open;
  }

  #inHand(name: string): number {
    return [...this.#open.values()].filter(({ takers }) => takers.at(-1) === name).length;
  }

  #conductOf(name: string): Conduct {
    const conduct = this.#conduct.get(name) ?? new Conduct();
    this.#conduct.set(name, conduct);
    return conduct;
  }

  #disproved(name: string): void {
    const breakMs = this.#conductOf(name).disproved(this.#modules.clock.now());
    if (breakMs > 0)
      this.#modules.log.error({ transcoder: name, breakMs }, "transcoder left out: others do what it fails at");
  }

  #overdue(id: string, signal: AbortSignal): string {
    if (signal.aborted) return "cancelled";
    const { work, takers } = this.#require(id);
    return takers.length === 0
      ? `no transcoder took it within ${work.timeoutMs} ms`
      : `no answer within ${work.timeoutMs} ms from ${takers.join(", ")}`;
  }
}
