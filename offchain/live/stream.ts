import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Logger } from "pino";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import type { HlsWriter, Rendition, SourceSegment, TranscodedRendition } from "../media/interface.ts";
import { parseSegment } from "../media/mpegts.ts";
import type { Clock } from "../pm/interface.ts";
import type { StreamAccount } from "../node/stream-account.ts";
import { Sequencer } from "./sequencer.ts";

/** Segments that wait to be sent; the delivery holds more, as many as the orchestrators have places. */
const MOST_QUEUED = 4;
/** Segments whose renditions are kept for whoever asks again. */
const MOST_ANSWERED = 2;

/** {ms} A longer segment is refused: players and orchestrators would hold too much of it at once. */
const LONGEST_MS = 12_000;

type Renditions = readonly TranscodedRendition[];

/** A segment from its arrival to some time after its publication. */
export class Arrival {
  /** Resolves when the segment is published; rejects when the stream fails before. */
  readonly published: Promise<void>;
  readonly #settle = Promise.withResolvers<void>();
  #segment: Omit<SourceSegment, "sequence"> | null;
  #renditions: Renditions | null = null;

  constructor(segment: Omit<SourceSegment, "sequence">) {
    this.#segment = segment;
    this.published = this.#settle.promise;
    // Most encoders do not ask.
    this.published.catch(() => undefined);
  }

  /** What is to be sent; to be taken once. */
  takeSegment(): Omit<SourceSegment, "sequence"> {
    const segment = this.#segment;
    if (segment === null) throw new RangeError("the segment was taken already");
    this.#segment = null;
    return segment;
  }

  /**
   * What was published beside the source.
   * @throws StreamflowError SegmentMissing, when nobody delivered; SegmentLate, when that is too long ago
   */
  async renditions(): Promise<Renditions> {
    await this.published;
    if (this.#renditions === null)
      throw new StreamflowError("SegmentLate", "the segment was published some time ago, its renditions are not kept");
    if (this.#renditions.length === 0)
      throw new StreamflowError("SegmentMissing", "nobody delivered the segment's renditions in time");
    return this.#renditions;
  }

  settle(renditions: Renditions): void {
    this.#renditions = renditions;
    this.#settle.resolve();
  }

  /** Its renditions are not kept any longer. */
  forget(): void {
    this.#renditions = null;
  }

  fail(error: unknown): void {
    this.#settle.reject(error);
  }
}

export interface LiveStreamOptions {
  readonly name: string;
  /** bytes32. */
  readonly id: string;
  readonly renditions: readonly Rendition[];
  readonly reorderMs: number;
}

export interface LiveStreamModules {
  readonly output: HlsWriter;
  /** Buys what comes until it ends. */
  readonly buy: (
    segments: AsyncIterable<SourceSegment>,
    output: Pick<HlsWriter, "append">,
    signal: AbortSignal,
  ) => Promise<StreamAccount>;
  /** Its playlists are closed, and something is in them. */
  readonly onClosed?: () => void;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Logger;
}

/** One live stream: takes segments from whatever brings them, has them bought, knows what became of each. */
export class LiveStream {
  readonly name: string;
  /** bytes32: names it in orders and receipts. */
  readonly id: string;
  /** Resolves when all that came has been published and the playlists are closed, or rejects with what ended it. */
  readonly done: Promise<StreamAccount>;
  readonly #modules: LiveStreamModules;
  readonly #sequencer: Sequencer<Arrival>;
  readonly #queue = new Readable({ objectMode: true, highWaterMark: MOST_QUEUED, read: () => this.#wake() });
  /** Those that were released and are not published yet. */
  readonly #underWay = new Map<number, Arrival>();
  readonly #answered: Arrival[] = [];
  readonly #stop = new AbortController();
  #room = Promise.withResolvers<void>();
  #next = 0;
  #ended = false;
  #hasPublished = false;

  constructor({ name, id, renditions, reorderMs }: LiveStreamOptions, modules: LiveStreamModules) {
    this.name = name;
    this.id = id;
    this.#modules = modules;
    this.#sequencer = new Sequencer(
      { waitMs: reorderMs },
      { clock: modules.clock, release: (arrival) => this.#release(arrival) },
    );
    modules.log.info({ renditions: renditions.map((rendition) => rendition.name) }, "live stream begins");
    this.done = this.#run();
    this.done.catch(() => undefined);
  }

  /** Whether another segment would have to wait for those before it to be sent. */
  get isBehind(): boolean {
    return this.#queue.readableLength >= MOST_QUEUED;
  }

  /** Resolves when it is not behind, or has ended. */
  async room(): Promise<void> {
    while (this.isBehind && !this.#ended) await this.#room.promise;
  }

  /**
   * A segment with its encoder's number.
   * @throws StreamflowError SegmentInvalid, SegmentLate, StreamBehind
   */
  push(number: number, bytes: Buffer): Arrival {
    const digest = createHash("sha256").update(bytes).digest("hex");
    if (this.isBehind)
      throw new StreamflowError("StreamBehind", `${this.#queue.readableLength} segments wait`, { retryAfter: 1 });
    return this.#sequencer.push(number, digest, new Arrival({ bytes, info: inspect(bytes) }));
  }

  /** The next segment of something that has them in order. */
  append(segment: Omit<SourceSegment, "sequence">): void {
    this.#release(new Arrival(segment));
  }

  /** Nothing comes any more. */
  end(): void {
    if (this.#ended) return;
    this.#sequencer.end();
    this.#ended = true;
    this.#queue.push(null);
    this.#wake();
  }

  /** Ends it at once; what was not published is lost. */
  abort(reason: unknown): void {
    this.#stop.abort(reason);
    this.end();
  }

  /** Takes what it has written out of the storage, unless it was recorded. */
  discard(): Promise<void> {
    return this.#modules.output.discard();
  }

  async #run(): Promise<StreamAccount> {
    const { buy, output, onClosed, log } = this.#modules;
    try {
      return await buy(this.#queue, { append: (...given) => this.#publish(...given) }, this.#stop.signal);
    } catch (error) {
      for (const arrival of this.#underWay.values()) arrival.fail(error);
      throw error;
    } finally {
      this.#ended = true;
      this.#underWay.clear();
      this.#wake();
      await output.end().then(
        () => this.#hasPublished && onClosed?.(),
        (error: unknown) => log.error({ err: error }, "playlists were not closed"),
      );
    }
  }

  #release(arrival: Arrival): void {
    if (this.#ended) return arrival.fail(new StreamflowError("Stopped", "the stream has ended"));
    const sequence = this.#next++;
    this.#underWay.set(sequence, arrival);
    this.#queue.push({ sequence, ...arrival.takeSegment() } satisfies SourceSegment);
  }

  async #publish(segment: SourceSegment, renditions: Renditions): Promise<void> {
    const { output, log } = this.#modules;
    const { sequence } = segment;
    const arrival = this.#underWay.get(sequence);
    this.#underWay.delete(sequence);
    try {
      await output.append(segment, renditions);
      this.#hasPublished = true;
    } catch (error) {
      // A full disk now is no reason to end what can be stored again in a minute.
      if (!isStreamflowError(error, "StorageFailed")) throw error;
      log.error({ sequence, code: error.code, detail: error.message }, "segment cannot be stored");
      arrival?.fail(error);
      return output.miss(segment);
    }
    if (arrival === undefined) return;
    arrival.settle(renditions);
    this.#answered.push(arrival);
    if (this.#answered.length > MOST_ANSWERED) this.#answered.shift()?.forget();
  }

  #wake(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}

/**
 * What a pushed segment is, if it can be streamed as it is.
 * @throws StreamflowError SegmentInvalid, InputUnsupported
 */
export function inspect(bytes: Buffer): SourceSegment["info"] {
  const info = parseSegment(bytes);
  const { chromaFormat, bitDepth } = info.video;
  if (!info.startsWithKeyframe)
    throw new StreamflowError("SegmentInvalid", "the segment does not start with an IDR picture");
  if (chromaFormat !== 1 || bitDepth !== 8)
    throw new StreamflowError(
      "InputUnsupported",
      `its video is not 4:2:0 with 8 bits, but ${bitDepth} bits, format ${chromaFormat}`,
    );
  if (info.durationMs > LONGEST_MS)
    throw new StreamflowError(
      "InputUnsupported",
      `the segment lasts ${info.durationMs} ms, at most ${LONGEST_MS} are accepted`,
    );
  return info;
}
