import { StreamflowError } from "../../errors.ts";
import { renditionSchema, SOURCE_NAME } from "../ladder.ts";
import { PLAYLIST_TYPE, SEGMENT_TYPE } from "../storage/interface.ts";
import { TICKS_PER_SECOND } from "../transport.ts";
import type { CreateHlsWriter, HlsOptions, HlsWriter, SourceSegment } from "../interface.ts";
import { masterPlaylist, mediaPlaylist, targetDurationOf } from "./playlists.ts";
import { type Entry, type Given, isDiscontinuity, Variant } from "./timeline.ts";

/**
 * A recording's playlists are written anew after so many segments, since they are written whole; after fewer where the window has fewer: what they lack is listed there, so
 * that nothing is lost with the process (`close.ts`).
 */
const RECORDING_EVERY = 15;

export const createHlsWriter: CreateHlsWriter = (options) => new StorageWriter(options);

/** A set of playlists of the same segments. */
interface Listing {
  /** Of the files of its playlists. */
  readonly name: string;
  readonly variants: readonly Variant[];
}

class StorageWriter implements HlsWriter {
  readonly #options: HlsOptions;
  /** The ladder first: players begin with the first variant, and the source is the dearest. */
  readonly #variants: Variant[];
  readonly #recording: Variant[] | null;
  /** Sequences of segments that are stored though no playlist of the window names them, ascending. */
  readonly #stale: number[] = [];
  #queue: Promise<void> = Promise.resolve();
  #ended = false;
  #next: number | null = null;
  /** The last one that the recording's playlists list. */
  #recorded: number | null = null;
  #targetDuration = 0;
  readonly #masters = new Map<string, string>();

  constructor(options: HlsOptions) {
    const names = new Set<string>();
    for (const rendition of options.renditions) {
      const parsed = renditionSchema.safeParse(rendition);
      if (!parsed.success)
        throw refused(`${rendition.name}: ${parsed.error.issues[0]?.message ?? "malformed"}`, rendition.name);
      if (names.has(rendition.name)) throw refused(`${rendition.name} is given twice`, rendition.name);
      names.add(rendition.name);
    }
    const variants = () => [
      ...options.renditions.map(({ name, width, height }) => new Variant(name, { width, height })),
      new Variant(SOURCE_NAME, null),
    ];
    this.#options = options;
    this.#variants = variants();
    this.#recording = (options.live?.record ?? null) === null ? null : variants();
  }

  append(segment: SourceSegment, renditions: readonly Given[]): Promise<void> {
    return this.#enqueue(() => this.#append(segment, renditions));
  }

  miss({ sequence, info }: Pick<SourceSegment, "sequence" | "info">): Promise<void> {
    return this.#enqueue(() => {
      // What was stored and could not be listed is listed with the next one.
      if (this.#next !== null && sequence < this.#next) return Promise.resolve();
      this.#next = sequence + 1;
      this.#add({ sequence, discontinuity: false, seconds: info.durationTicks / TICKS_PER_SECOND }, new Map());
      return Promise.resolve();
    });
  }

  end(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#ended) return;
      this.#ended = true;
      if (this.#next === null) return;
      await this.#publish(this.#window);
      if (this.#recording !== null) await this.#publish(recordingOf(this.#recording));
    });
  }

  discard(): Promise<void> {
    return this.#enqueue(async () => {
      this.#ended = true;
      if (this.#recording !== null) return;
      const { storage, master = "index.m3u8" } = this.#options;
      const sequences = [...this.#stale, ...(this.#variants[0]?.entries ?? []).map(({ sequence }) => sequence)];
      await storage.remove(master);
      for (const { name } of this.#variants) await storage.remove(this.#path(`${name}/index.m3u8`));
      await this.#removeSegments(sequences);
    });
  }

  /** One change after the other; a failed one does not block the next. */
  #enqueue(change: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #append(segment: SourceSegment, renditions: readonly Given[]): Promise<void> {
    const { sequence } = segment;
    if (this.#ended) throw new RangeError(`segment ${sequence} comes after the end`);
    if (!Number.isSafeInteger(sequence) || sequence < 0 || sequence !== (this.#next ?? sequence)) {
      throw new RangeError(`segment ${sequence} is out of order, expected was ${this.#next}`);
    }
    const given = new Map<string, Given>(renditions.map((rendition) => [rendition.name, rendition]));
    for (const { name } of renditions) {
      const known = name !== SOURCE_NAME && this.#variants.some((variant) => variant.name === name);
      if (!known) throw refused(`${name} is not one of the stream's renditions`, name);
    }
    given.set(SOURCE_NAME, { name: SOURCE_NAME, bytes: segment.bytes, info: segment.info });

    const discontinuity = isDiscontinuity(this.#variants, segment.info, given);
    // All bytes first: when the storage refuses some, no playlist has changed and the call can be repeated.
    const { storage } = this.#options;
    await Promise.all(
      [...given.values()].map(({ name, bytes }) =>
        storage.put(this.#path(`${name}/${sequence}.ts`), bytes, SEGMENT_TYPE),
      ),
    );
    this.#next = sequence + 1;
    const seconds = segment.info.durationTicks / TICKS_PER_SECOND;
    this.#add({ sequence, discontinuity, seconds }, given);
    if (this.#targetDuration === 0) this.#targetDuration = targetDurationOf([{ seconds }]);
    const outdated = this.#slide();
    // The recording first: what it lacks must not have left the window.
    if (this.#recording !== null && this.#isRecordingDue(sequence)) {
      await this.#publish(recordingOf(this.#recording));
      this.#recorded = sequence;
    }
    await this.#publish(this.#window);
    await this.#removeSegments(outdated);
  }

  #isRecordingDue(sequence: number): boolean {
    const every = Math.min(RECORDING_EVERY, this.#options.live?.window ?? RECORDING_EVERY);
    return this.#recorded === null || sequence - this.#recorded >= every;
  }

  #add(entry: Pick<Entry, "sequence" | "discontinuity" | "seconds">, given: ReadonlyMap<string, Given>): void {
    const time = this.#options.live === undefined ? null : new Date();
    for (const variant of [...this.#variants, ...(this.#recording ?? [])])
      variant.add({ ...entry, time }, given.get(variant.name));
  }

  get #window(): Listing {
    return { name: "index", variants: this.#variants };
  }

  /** Moves the window on. The answer are the sequences that nobody needs any more: a player that is late finds those that have just left. */
  #slide(): number[] {
    const { live } = this.#options;
    if (live === undefined) return [];
    for (const [index, variant] of this.#variants.entries()) {
      const dropped = variant.keep(live.window);
      if (index === 0) this.#stale.push(...dropped.map(({ sequence }) => sequence));
    }
    const outdated = this.#stale.splice(0, Math.max(0, this.#stale.length - live.window));
    if (live.record === null) return outdated;
    const forgotten = (this.#recording ?? []).map((variant) => variant.keep(live.record!.segments));
    return (forgotten[0] ?? []).map(({ sequence }) => sequence);
  }

  async #removeSegments(sequences: readonly number[]): Promise<void> {
    const { storage } = this.#options;
    for (const sequence of sequences)
      await Promise.all(this.#variants.map(({ name }) => storage.remove(this.#path(`${name}/${sequence}.ts`))));
  }

  async #publish({ name: file, variants }: Listing): Promise<void> {
    const { storage, live } = this.#options;
    const isWindow = live !== undefined && file === "index";
    const growing = this.#ended ? "VOD" : "EVENT";
    await Promise.all(
      variants.map(({ name, entries, droppedDiscontinuities }) => {
        const text = mediaPlaylist({
          ...{ entries, droppedDiscontinuities, ended: this.#ended },
          type: isWindow ? null : growing,
          targetDuration: isWindow ? this.#targetDuration : 0,
        });
        return storage.put(this.#path(`${name}/${file}.m3u8`), text, PLAYLIST_TYPE);
      }),
    );
    const master = file === "index" ? (this.#options.master ?? "index.m3u8") : this.#path(`${file}.m3u8`);
    const base = file === "index" && this.#options.master !== undefined ? this.#path("") : "";
    await this.#publishMaster(
      master,
      masterPlaylist(variants, (name) => `${base}${name}/${file}.m3u8`),
    );
  }

  /** Written anew whenever a figure in it has changed. */
  async #publishMaster(path: string, text: string): Promise<void> {
    if (text === this.#masters.get(path)) return;
    await this.#options.storage.put(path, text, PLAYLIST_TYPE);
    this.#masters.set(path, text);
  }

  #path(path: string): string {
    const { base } = this.#options;
    return base === undefined ? path : `${base}/${path}`;
  }
}

function recordingOf(variants: readonly Variant[]): Listing {
  return { name: "recording", variants };
}

function refused(detail: string, name: string): StreamflowError {
  return new StreamflowError("RenditionInvalid", detail, { name });
}
