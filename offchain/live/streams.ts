import type { Logger } from "pino";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { SegmentInfo } from "../media/interface.ts";
import type { Admission, Admitted, Publisher } from "./admission.ts";
import type { StreamEvent } from "./notifier.ts";
import type { LiveStream } from "./stream.ts";

export interface StreamsOptions {
  /** Streams at the same time, at most. */
  readonly most: number;
  /** {ms} How long a stream waits for an encoder that has gone. */
  readonly reconnectMs: number;
  /** {ms} How long it waits for segments after its encoder has said that it is over. */
  readonly graceMs: number;
}

export interface StreamsModules {
  readonly admission: Admission;
  /** Begins a stream that looks like this segment. */
  readonly start: (name: string, first: SegmentInfo, ladder: Admitted["ladder"]) => LiveStream;
  /** How many streams there are has changed. */
  readonly onCount: (count: number) => void;
  readonly onEvent: (event: StreamEvent) => void;
  readonly log: Logger;
}

/** Something that sends a stream over one connection. */
export interface Connection {
  /** Begins the stream with its first segment, or goes on with it. */
  stream(first: SegmentInfo): LiveStream;
  /** Aborted when another connection has taken its place, or when the node stops. */
  readonly signal: AbortSignal;
  /** @param finished whether the stream is over; otherwise it waits for its encoder to come back */
  close(finished: boolean): void;
}

interface Entry {
  readonly name: string;
  /** Who may send it, as long as it lives, and what is wanted of it. */
  readonly admitted: Admitted;
  /** Of who sent it first. */
  readonly protocol: Publisher["protocol"];
  /** Whether its encoder's connection has ended, and nothing has come since. */
  isInterrupted: boolean;
  /** Whether its encoder has said that it is over, and nothing has come since. */
  isFinished: boolean;
  /** Requests of its encoder that are not answered yet: it has not gone. */
  requests: number;
  stream: LiveStream | null;
  connection: AbortController | null;
  timer: NodeJS.Timeout | undefined;
}

/** The streams of a gateway by name: who may send them, which of them live, and until when. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #modules: StreamsModules;
  readonly #entries = new Map<string, Entry>();
  /** Ended streams whose files players may still fetch. */
  readonly #fading = new Map<LiveStream, NodeJS.Timeout>();
  #closed = false;

  constructor(options: StreamsOptions, modules: StreamsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /**
   * Serves a request with the stream that its segment belongs to; it is begun if it is not there. Until the request is answered its encoder is not missed, however
   * long the segment takes.
   * @throws StreamflowError those of the admission, StreamTaken, StreamsExceeded; what `serve` throws
   */
  async pushed<T>(publisher: Publisher, first: SegmentInfo, serve: (stream: LiveStream) => Promise<T>): Promise<T> {
    const entry = await this.#admit(publisher);
    if (entry.connection !== null)
      throw new StreamflowError("StreamTaken", `${entry.name} is being sent over another connection`);
    const stream = this.#streamOf(entry, first);
    clearTimeout(entry.timer);
    entry.isFinished = false;
    entry.requests++;
    try {
      return await serve(stream);
    } finally {
      entry.requests--;
      const isWaitedFor = entry.requests === 0 && entry.connection === null && !entry.isFinished;
      if (isWaitedFor && this.#entries.get(entry.name) === entry) this.#arm(entry);
    }
  }

  /**
   * A connection that sends a stream. One that sent it before is cut off: it may be a dead one of the same encoder.
   * @throws StreamflowError those of the admission, StreamsExceeded
   */
  async connect(publisher: Publisher): Promise<Connection> {
    const entry = await this.#admit(publisher);
    entry.connection?.abort(new StreamflowError("StreamTaken", `${entry.name} is being sent over a newer connection`));
    const connection = new AbortController();
    entry.connection = connection;
    clearTimeout(entry.timer);
    return {
      signal: connection.signal,
      stream: (first) => {
        connection.signal.throwIfAborted();
        return this.#streamOf(entry, first);
      },
      close: (finished) => {
        if (entry.connection !== connection) return;
        entry.connection = null;
        if (this.#entries.get(entry.name) !== entry) return;
        if (finished) return this.#end(entry);
        if (entry.stream !== null) {
          entry.isInterrupted = true;
          this.#modules.onEvent({ type: "stream.interrupted", name: entry.name, stream: entry.stream.id });
        }
        this.#arm(entry);
      },
    };
  }

  /** Its last segment may still be on the way: a playlist overtakes it. @throws StreamflowError those of the admission */
  async finish(publisher: Publisher): Promise<void> {
    const entry = this.#entries.get(publisher.name);
    if (entry === undefined) return;
    await this.#check(entry, publisher);
    if (entry.connection !== null) return;
    entry.isFinished = true;
    this.#arm(entry, this.#options.graceMs);
  }

  /** Ends all; resolves when what has come is published. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#fading.values()) clearTimeout(timer);
    const entries = [...this.#entries.values()];
    for (const entry of entries) {
      entry.connection?.abort(new StreamflowError("Stopped", "the node stops"));
      this.#end(entry);
    }
    await Promise.allSettled(entries.flatMap(({ stream }) => (stream === null ? [] : [stream.done])));
  }

  async #admit(publisher: Publisher): Promise<Entry> {
    const { name } = publisher;
    const known = this.#entries.get(name);
    if (known !== undefined) {
      await this.#check(known, publisher);
      return known;
    }
    const admitted = await this.#modules.admission.admit(publisher);
    // Another request of the same encoder may have been faster.
    const other = this.#entries.get(name);
    if (other !== undefined) return other;
    if (this.#closed) throw new StreamflowError("Stopped", "the node stops");
    if (this.#entries.size >= this.#options.most)
      throw new StreamflowError("StreamsExceeded", `there are ${this.#entries.size} streams already`, {
        retryAfter: 10,
      });
    const { protocol } = publisher;
    const none = { isInterrupted: false, isFinished: false, stream: null, connection: null, timer: undefined };
    const entry: Entry = { name, admitted, protocol, requests: 0, ...none };
    this.#entries.set(name, entry);
    this.#arm(entry);
    this.#modules.onCount(this.#entries.size);
    return entry;
  }

  /** A stream that lives is its first encoder's: the webhook is not asked about each of its segments. */
  async #check(entry: Entry, publisher: Publisher): Promise<void> {
    if (!this.#modules.admission.isSame(entry.admitted.credential, publisher))
      await this.#modules.admission.admit(publisher);
  }

  #streamOf(entry: Entry, first: SegmentInfo): LiveStream {
    if (this.#entries.get(entry.name) !== entry) throw new StreamflowError("Stopped", `${entry.name} has ended`);
    const { onEvent, start, log } = this.#modules;
    const { name, protocol } = entry;
    if (entry.stream !== null) {
      if (entry.isInterrupted) onEvent({ type: "stream.resumed", name, stream: entry.stream.id });
      entry.isInterrupted = false;
      return entry.stream;
    }
    const stream = start(name, first, entry.admitted.ladder);
    entry.stream = stream;
    onEvent({ type: "stream.begun", name, stream: stream.id, protocol });
    stream.done.then(
      ({ segments, missing, mediaMs }) => {
        onEvent({ type: "stream.ended", name, stream: stream.id, segments, missing, seconds: mediaMs / 1_000 });
        this.#over(entry, stream);
      },
      (error: unknown) => {
        log.error({ name, stream: stream.id, err: error }, "live stream failed");
        onEvent({ type: "stream.failed", name, stream: stream.id, code: asStreamflowError(error).code });
        entry.connection?.abort(error);
        this.#over(entry, stream);
      },
    );
    return stream;
  }

  #arm(entry: Entry, ms = this.#options.reconnectMs): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.#end(entry), ms);
  }

  /** Its name is free again; what has come is still published. */
  #end(entry: Entry): void {
    clearTimeout(entry.timer);
    if (this.#entries.get(entry.name) !== entry) return;
    this.#entries.delete(entry.name);
    this.#modules.onCount(this.#entries.size);
    entry.stream?.end();
  }

  /** Players have as long to fetch the rest as an encoder has to come back. */
  #over(entry: Entry, stream: LiveStream): void {
    this.#end(entry);
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#fading.delete(stream);
      stream.discard().catch((error: unknown) => {
        this.#modules.log.warn({ name: entry.name, stream: stream.id, err: error }, "files of a stream stay");
      });
    }, this.#options.reconnectMs);
    timer.unref();
    this.#fading.set(stream, timer);
  }
}
