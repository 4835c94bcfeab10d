import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { messageOf, StreamflowError } from "../../errors.ts";
import type { TranscodedRendition } from "../../media/interface.ts";
import type { Clock } from "../../pm/interface.ts";
import { within } from "../../pm/time-limit.ts";
import { segmentRoot } from "../../verification/root.ts";
import type { Place, TranscoderPool, Work } from "../interface.ts";
import { cancelledChannel, type JobData, PREFIX, presenceChannel } from "./messages.ts";
import { OpenWork } from "./open-work.ts";
import { connectionTo, openLine } from "./redis.ts";
import { Roll } from "./roll.ts";

/** {1} Transcoders that may fail at a segment: the second is its last chance. */
const ATTEMPTS = 2;
/** {ms} Before Redis's events are listened to again, when they could not be read. */
const AGAIN_MS = 1_000;
/** {ms} Of which there are 2^21 in BullMQ's priorities: two and a half days. Who is due first is taken first. */
const PRIORITY_MS = 100;
const PRIORITIES = 2 ** 21;
/** {ms} That Redis has for an answer that no segment waits for. */
const ANSWER_MS = 1_000;
/** {1} Characters of what Redis says about a failure. */
const MOST_DETAIL = 2_000;

export interface QueuePoolOptions {
  readonly url: string;
  readonly queue: string;
  /** Number of this front end. */
  readonly frontEnd: number;
  /** {1} Segments that may wait for a place. */
  readonly waiting: number;
  /** {ms} After which a silent transcoder is not there. */
  readonly silenceMs: number;
}

export interface QueuePoolModules {
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}

/** {1} Of all front ends. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
}

/**
 * A pool whose transcoders take their work from a queue in Redis, beside other front ends. Which transcoder takes what is not decided here: who is
 * free takes what is due first.
 */
export class QueuePool implements TranscoderPool {
  /** What transcoders are given, and bring back. */
  readonly work: OpenWork;
  readonly #options: QueuePoolOptions;
  readonly #modules: QueuePoolModules;
  readonly #roll: Roll;
  readonly #line: Redis;
  /** A line that listens cannot speak. */
  readonly #mouth: Redis;
  readonly #queue: Queue<JobData>;
  readonly #events: QueueEvents;
  readonly #jobs = new Map<string, JobData>();
  readonly #closing = new AbortController();
  #reserved = 0;

  constructor(options: QueuePoolOptions, modules: QueuePoolModules) {
    const { url, queue, silenceMs } = options;
    const { clock, log } = modules;
    const closing = this.#closing.signal;
    this.#options = options;
    this.#modules = modules;
    this.#roll = new Roll({ silenceMs }, { log });
    this.work = new OpenWork({ clock, log, hasOther: (name) => this.#hasOther(name) });
    const settings = { connection: connectionTo(url, closing), prefix: PREFIX };
    this.#queue = new Queue(queue, settings);
    this.#events = new QueueEvents(queue, { ...settings, autorun: false });
    const onError = (error: Error) => log.debug({ detail: messageOf(error) }, "queue connection failed");
    this.#queue.on("error", onError);
    this.#events.on("error", onError);
    this.#listen();
    this.#line = openLine(url, { closing, log, onChange: (reason) => this.#onChange(reason) });
    this.#mouth = openLine(url, { closing, log: log.child({}, { level: "silent" }), onChange: () => undefined });
    this.#line.on("message", (_channel, text: string) => this.#roll.hear(text));
  }

  capacity(): number {
    let sum = 0;
    for (const { name, capacity } of this.#roll) sum += this.work.places(name, capacity);
    return sum;
  }

  reserve(): Place {
    const capacity = this.capacity();
    const most = capacity === 0 ? 0 : capacity + this.#options.waiting;
    if (this.#reserved >= most)
      throw new StreamflowError("CapacityExceeded", `all ${most} places in the queue are taken`, { capacity });
    const ahead = this.#reserved++;
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#reserved--;
        isHeld = false;
      },
      // Those that wait before it are done as many at a time as there are places.
      expected: (work) => this.work.expected(work) * (1 + Math.floor(ahead / Math.max(1, capacity))),
      transcode: (work, signal) => this.#transcode(work, signal),
    };
  }

  /** {1} That are heard of. */
  transcoders(): number {
    return [...this.#roll].length;
  }

  /** Errors: those of Redis, within a second. */
  async counts(): Promise<QueueCounts> {
    const by = await within(this.#queue.getJobCounts("wait", "prioritized", "delayed", "active"), ANSWER_MS);
    const of = (state: string) => by[state] ?? 0;
    return { waiting: of("wait") + of("prioritized") + of("delayed"), active: of("active") };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#roll.close();
    // While Redis is away it cannot be told.
    await within(Promise.all([this.#queue.close(), this.#events.close()]), ANSWER_MS).catch(() => undefined);
  }

  async #transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    const id = randomUUID();
    const { frontEnd } = this.#options;
    const deadline = this.#modules.clock.now() + work.timeoutMs;
    this.#jobs.set(id, { frontEnd, root: segmentRoot(work.media), length: work.media.byteLength, deadline });
    const renditions = this.work.wait(id, work, signal);
    this.#add(id);
    try {
      return await renditions;
    } catch (error) {
      this.#queue.remove(id).catch(() => undefined);
      // Whoever does not hear it learns by its own time limit, or when it brings the renditions.
      this.#mouth.publish(cancelledChannel(this.#options.queue), id).catch(() => undefined);
      throw error;
    } finally {
      this.#jobs.delete(id);
    }
  }

  /** Puts the job into the queue, once Redis is there; nothing when it is in the queue. */
  #add(id: string): void {
    const data = this.#jobs.get(id);
    if (data === undefined) return;
    const priority = 1 + (Math.floor(data.deadline / PRIORITY_MS) % (PRIORITIES - 1));
    const options = { jobId: id, priority, attempts: ATTEMPTS, removeOnComplete: true, removeOnFail: true };
    this.#queue.add("segment", data, options).catch((cause: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#modules.log.error({ detail: messageOf(cause) }, "the queue does not take a segment");
      this.work.fail(id, new StreamflowError("TranscodeFailed", "the queue does not take it", {}, { cause }));
    });
  }

  #onChange(reason: string | null): void {
    if (reason !== null) return this.#roll.clear();
    const { log } = this.#modules;
    this.#line.subscribe(presenceChannel(this.#options.queue)).catch((error: unknown) => {
      log.error({ detail: messageOf(error) }, "transcoders cannot be heard");
    });
    // A Redis that was started again may know nothing of them.
    for (const id of this.work.untaken()) this.#add(id);
  }

  #listen(): void {
    const { log } = this.#modules;
    this.#events.on("failed", ({ jobId, failedReason }) => {
      const detail = failedReason.slice(0, MOST_DETAIL);
      this.work.fail(jobId, new StreamflowError("TranscodeFailed", detail));
    });
    this.#events.on("completed", ({ jobId }) => {
      this.work.fail(jobId, new StreamflowError("TranscodeFailed", "it was ended without renditions"));
    });
    this.#events.on("stalled", ({ jobId }) => {
      if (!this.work.isOpen(jobId)) return;
      log.warn({ transcoder: this.work.taker(jobId) }, "transcoder lost with a segment in its hands");
    });
    void this.#followEvents();
  }

  /** An event that cannot be read ends the reading of the others: it is passed over. */
  async #followEvents(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#events.run().catch((error: unknown) => {
        if (!signal.aborted)
          this.#modules.log.warn({ detail: messageOf(error) }, "the queue's events were interrupted");
      });
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #hasOther(name: string): boolean {
    for (const other of this.#roll) if (other.name !== name && this.work.places(other.name, 1) > 0) return true;
    return false;
  }
}
