import { setTimeout as delay } from "node:timers/promises";
import { DelayedError, type Job, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { asStreamflowError, messageOf, type StreamflowError } from "../../errors.ts";
import type { HardwareEncoder } from "../../media/hardware.ts";
import type { LocalTranscoder } from "../local.ts";
import type { FrontEnds } from "./front-ends.ts";
import {
  cancelledChannel,
  type JobData,
  jobIdSchema,
  jobSchema,
  type Presence,
  PREFIX,
  presenceChannel,
} from "./messages.ts";
import { connectionTo, openLine } from "./redis.ts";

/** {1} Transcoders that a segment may take down with it, less the one that is one too many. */
const MOST_LOSSES = 2;
/** It is said, and looked at, so often in the time of silence after which something is lost. */
const LOOKS = 3;
/** {ms} Before a job that was not done here is offered again. */
const OFFER_AGAIN_MS = 200;
/** {ms} That clocks may differ: for so long after its time a job whose front end does not answer is kept. */
const SKEW_MS = 10_000;
/** {ms} Before what Redis did not answer is asked again. */
const RETRY_MS = 500;

export interface QueueWorkerOptions {
  readonly url: string;
  readonly queue: string;
  /** This transcoder's. */
  readonly name: string;
  /** {ms} After which this one's work is lost when nothing is heard of it. */
  readonly silenceMs: number;
}

export interface QueueWorkerModules {
  readonly frontEnds: FrontEnds;
  readonly local: Pick<LocalTranscoder, "capacity" | "speed" | "transcode">;
  readonly encoders: readonly HardwareEncoder[];
  /** Null: the queue is connected; else why not. */
  readonly onConnection: (reason: string | null) => void;
  readonly log: Logger;
}

/** A transcoder of a queue: takes what is due first whenever it has a place, from any of the front ends. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #modules: QueueWorkerModules;
  readonly #worker: Worker<unknown, null>;
  readonly #line: Redis;
  /** On which it hears of what nobody waits for any more. */
  readonly #ear: Redis;
  /** By the id of the work. */
  readonly #running = new Map<string, AbortController>();
  readonly #beat: NodeJS.Timeout;
  /** Ends what runs. */
  readonly #stop = new AbortController();
  /** Ends the connections. */
  readonly #closing = new AbortController();
  #isLeaving = false;
  #closed: Promise<void> | undefined;
  #resume: NodeJS.Timeout | undefined;

  constructor(options: QueueWorkerOptions, modules: QueueWorkerModules) {
    const { url, queue, name, silenceMs } = options;
    const { local, log, onConnection } = modules;
    const closing = this.#closing.signal;
    this.#options = options;
    this.#modules = modules;
    this.#worker = new Worker<unknown, null>(queue, (job, token) => this.#do(job, token), {
      ...{ connection: connectionTo(url, closing), prefix: PREFIX, name, concurrency: local.capacity },
      // What has no place elsewhere: jobs of others are not kept either.
      ...{ removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
      ...{ lockDuration: silenceMs, stalledInterval: Math.ceil(silenceMs / LOOKS), maxStalledCount: MOST_LOSSES },
      runRetryDelay: RETRY_MS,
    });
    // Also while the connection is lost, which is said elsewhere.
    this.#worker.on("error", (error) => log.debug({ detail: messageOf(error) }, "queue failed"));
    this.#line = openLine(url, {
      ...{ closing, log },
      onChange: onConnection,
    });
    this.#line.on("ready", () => {
      this.#say();
      log.info({ capacity: local.capacity }, "ready");
    });
    this.#ear = openLine(url, { closing, log: log.child({}, { level: "silent" }), onChange: () => undefined });
    this.#ear.on("ready", () => void this.#ear.subscribe(cancelledChannel(queue)).catch(() => undefined));
    this.#ear.on("message", (_channel, work: string) => this.#running.get(work)?.abort());
    this.#beat = setInterval(() => this.#say(), silenceMs / LOOKS);
  }

  /**
   * Takes nothing more, and finishes what it has.
   * @param drainMs {ms} for that; what is unfinished then goes back to the queue
   */
  close(drainMs: number): Promise<void> {
    return (this.#closed ??= this.#close(drainMs));
  }

  async #close(drainMs: number): Promise<void> {
    const { log } = this.#modules;
    this.#isLeaving = true;
    this.#say();
    clearTimeout(this.#resume);
    log.info({ drainMs }, "draining");
    const closed = this.#worker.close();
    const isDrained = await Promise.race([closed.then(() => true), delay(drainMs, false, { ref: false })]);
    if (!isDrained) {
      log.warn({ drainMs }, "left with work unfinished");
      this.#stop.abort();
      // While Redis is away it cannot be told: then this is lost work.
      await Promise.race([closed, delay(RETRY_MS)]);
      this.#worker.disconnect().catch(() => undefined);
    }
    clearInterval(this.#beat);
    this.#closing.abort();
  }

  /** Says that it is there. */
  #say(): void {
    const { name, queue } = this.#options;
    const { local, encoders } = this.#modules;
    const capacity = this.#isLeaving || this.#worker.isPaused() ? 0 : local.capacity;
    const presence: Presence = { name, capacity, speed: local.speed, encoders: [...encoders] };
    // While Redis is away it is said again soon.
    this.#line.publish(presenceChannel(queue), JSON.stringify(presence)).catch(() => undefined);
  }

  async #do(job: Job<unknown>, token: string | undefined): Promise<null> {
    const { frontEnds, local, log } = this.#modules;
    const id = jobIdSchema.safeParse(job.id);
    const data = jobSchema.safeParse(job.data);
    if (!id.success || !data.success) throw new UnrecoverableError("not a job of this queue's front ends");
    const cancel = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, cancel.signal]);
    this.#running.set(id.data, cancel);
    try {
      const work = await this.#take(id.data, data.data, job, token);
      log.debug({ id: id.data, timeoutMs: work.timeoutMs }, "segment taken");
      const results = await local.transcode(work, signal);
      const parts = results.map(({ bytes }) => bytes);
      await frontEnds.deliver(id.data, data.data.frontEnd, parts, signal);
      log.debug({ id: id.data, renditions: parts.length }, "segment transcoded");
      return null;
    } catch (thrown) {
      if (thrown instanceof DelayedError || thrown instanceof UnrecoverableError) throw thrown;
      const error = asStreamflowError(thrown);
      if (error.code === "WorkGone" || cancel.signal.aborted) return null;
      if (signal.aborted) return await this.#putBack(job, token, 0);
      log.warn({ id: id.data, code: error.code, detail: error.message }, "segment failed");
      throw new Error(`${this.#options.name}: ${error.code}: ${error.message}`, { cause: thrown });
    } finally {
      this.#running.delete(id.data);
    }
  }

  /** The work, if it is there for this transcoder now; else the job goes back to the queue. Errors: `DelayedError`, `UnrecoverableError`, `WorkGone`. */
  async #take(id: string, data: JobData, job: Job<unknown>, token: string | undefined) {
    try {
      return await this.#modules.frontEnds.take(id, data, this.#stop.signal);
    } catch (thrown) {
      const error = asStreamflowError(thrown);
      if (error.code === "WorkGone") throw error;
      if (error.code === "TranscoderLeftOut") this.#pause(error);
      else {
        this.#modules.log.warn({ id, code: error.code, detail: error.message }, "work could not be taken");
        if (Date.now() > data.deadline + SKEW_MS) throw new UnrecoverableError("its front end does not answer");
      }
      return await this.#putBack(job, token, OFFER_AGAIN_MS);
    }
  }

  /** Of what BullMQ has for this, the one that wakes those who wait for a job. Errors: `DelayedError`. */
  async #putBack(job: Job<unknown>, token: string | undefined, afterMs: number): Promise<never> {
    await job.moveToDelayed(Date.now() + afterMs, token);
    throw new DelayedError();
  }

  #pause({ data }: StreamflowError): void {
    const pauseMs = Number(data["pauseMs"]);
    if (!(pauseMs > 0) || this.#isLeaving) return;
    this.#modules.log.warn({ pauseMs }, "left out: others do what fails here");
    void this.#worker.pause(true);
    clearTimeout(this.#resume);
    this.#resume = setTimeout(() => void this.#worker.resume(), Math.min(pauseMs, 2 ** 31 - 1));
  }
}
