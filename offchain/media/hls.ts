import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import hls from "hls-parser";
import { StreamflowError } from "../errors.ts";
import { renditionSchema, SOURCE_NAME } from "./ladder.ts";
import { TICKS_PER_SECOND, ticksBetween } from "./transport.ts";
import type {
  CreateHlsWriter,
  HlsOptions,
  HlsWriter,
  SegmentInfo,
  SourceSegment,
  TranscodedRendition,
} from "./interface.ts";

const { MasterPlaylist, MediaPlaylist, Segment, Variant } = hls.types;

/** Independent segments are known from version 6 on, gaps from 8 on. */
const VERSION = 6;
const VERSION_WITH_GAPS = 8;
/** A source that jumps by more than this has been interrupted. */
const LARGEST_JUMP_TICKS = TICKS_PER_SECOND / 2;

type Given = Pick<TranscodedRendition, "name" | "bytes" | "info">;

interface Entry {
  readonly sequence: number;
  readonly seconds: number;
  /** The segment is missing. */
  readonly gap: boolean;
  readonly discontinuity: boolean;
}

interface VariantState {
  readonly name: string;
  readonly size: { width: number; height: number } | null;
  readonly entries: Entry[];
  /** Of the latest segment that was not missing. */
  latest: SegmentInfo | null;
  bytes: number;
  seconds: number;
  frames: number;
  /** Bits per second of the greediest segment. */
  peak: number;
}

export const createHlsWriter: CreateHlsWriter = (options) => new DirectoryWriter(options);

class DirectoryWriter implements HlsWriter {
  readonly #directory: string;
  /** The ladder first: players begin with the first variant, and the source is the dearest. */
  readonly #variants: VariantState[];
  #queue: Promise<void> = Promise.resolve();
  #prepared = false;
  #ended = false;
  #next: number | null = null;
  #master = "";

  constructor({ directory, renditions }: HlsOptions) {
    const names = new Set<string>();
    for (const rendition of renditions) {
      const parsed = renditionSchema.safeParse(rendition);
      if (!parsed.success)
        throw refused(`${rendition.name}: ${parsed.error.issues[0]?.message ?? "malformed"}`, rendition.name);
      if (names.has(rendition.name)) throw refused(`${rendition.name} is given twice`, rendition.name);
      names.add(rendition.name);
    }
    this.#directory = directory;
    this.#variants = [
      ...renditions.map(({ name, width, height }) => emptyVariant(name, { width, height })),
      emptyVariant(SOURCE_NAME, null),
    ];
  }

  append(segment: SourceSegment, renditions: readonly Given[]): Promise<void> {
    return this.#enqueue(() => this.#append(segment, renditions));
  }

  end(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#ended) return;
      this.#ended = true;
      if (this.#next === null) return;
      await Promise.all(this.#variants.map((variant) => this.#publish(variant)));
      await this.#publishMaster();
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
    await this.#prepare();

    const discontinuity = this.#isDiscontinuity(segment.info, given);
    // All bytes first: when the disk refuses some, no playlist has changed and the call can be repeated.
    await Promise.all(
      [...given.values()].map(({ name, bytes }) => writeFile(join(this.#directory, name, `${sequence}.ts`), bytes)),
    );
    this.#next = sequence + 1;
    const seconds = segment.info.durationTicks / TICKS_PER_SECOND;
    for (const variant of this.#variants)
      addEntry(variant, given.get(variant.name), { sequence, discontinuity, seconds });
    await Promise.all(this.#variants.map((variant) => this.#publish(variant)));
    await this.#publishMaster();
  }

  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await Promise.all(this.#variants.map(({ name }) => mkdir(join(this.#directory, name), { recursive: true })));
    this.#prepared = true;
  }

  /**
   * True where a variant comes back from a gap, where the source's time jumps and where its coding changes. All variants get the mark at once
   * even if only one has lost something: players align variants by counting discontinuities (RFC 8216, 6.2.4).
   */
  #isDiscontinuity(source: SegmentInfo, given: ReadonlyMap<string, Given>): boolean {
    const previous = this.#variants.at(-1)?.latest ?? null;
    if (previous === null) return false;
    const returns = this.#variants.some(({ name, entries }) => entries.at(-1)?.gap === true && given.has(name));
    const jump = ticksBetween(previous.firstPts + previous.durationTicks, source.firstPts);
    const { codec, width, height } = previous.video;
    const changed =
      codec !== source.video.codec ||
      width !== source.video.width ||
      height !== source.video.height ||
      previous.audio?.codec !== source.audio?.codec;
    return returns || changed || Math.abs(jump) > LARGEST_JUMP_TICKS;
  }

  async #publish({ name, entries }: VariantState): Promise<void> {
    const gaps = entries.some(({ gap }) => gap);
    const playlist = new MediaPlaylist({
      version: gaps ? VERSION_WITH_GAPS : VERSION,
      independentSegments: true,
      targetDuration: Math.ceil(entries.reduce((longest, { seconds }) => Math.max(longest, seconds), 0)),
      mediaSequenceBase: entries[0]?.sequence ?? 0,
      playlistType: this.#ended ? "VOD" : "EVENT",
      endlist: this.#ended,
      segments: entries.map(
        ({ sequence, seconds, discontinuity }) =>
          new Segment({ uri: `${sequence}.ts`, duration: Number(seconds.toFixed(6)), discontinuity }),
      ),
    });
    const text = hls.stringify(playlist, {
      // The library refuses a second gap in one playlist as redundant, so this tag is put in by hand.
      segmentProcessor: (lines, start, _end, _segment, index) => {
        if (entries[index]?.gap === true) lines.splice(start, 0, "#EXT-X-GAP");
      },
    });
    await this.#replace(join(this.#directory, name, "index.m3u8"), text);
  }

  /** Written anew whenever a figure in it has changed. */
  async #publishMaster(): Promise<void> {
    const source = this.#variants.at(-1);
    const playlist = new MasterPlaylist({
      version: VERSION,
      independentSegments: true,
      variants: this.#variants.map((variant) => {
        // A rendition that has been missing from the start is announced with the source's figures.
        const figures = variant.latest === null && source !== undefined ? source : variant;
        const resolution = variant.size ?? variant.latest?.video;
        const codecs = variant.latest === null ? undefined : codecsOf(variant.latest);
        return new Variant({
          uri: `${variant.name}/index.m3u8`,
          bandwidth: Math.ceil(figures.peak),
          averageBandwidth: Math.ceil((figures.bytes * 8) / figures.seconds),
          frameRate: figures.frames / figures.seconds,
          ...(resolution === undefined ? {} : { resolution: { width: resolution.width, height: resolution.height } }),
          ...(codecs === undefined ? {} : { codecs }),
        });
      }),
    });
    const text = hls.stringify(playlist);
    if (text === this.#master) return;
    await this.#replace(join(this.#directory, "index.m3u8"), text);
    this.#master = text;
  }

  /** A player sees the old text or the new one, never half of it. */
  async #replace(path: string, text: string): Promise<void> {
    await writeFile(`${path}.tmp`, `${text}\n`);
    await rename(`${path}.tmp`, path);
  }
}

function emptyVariant(name: string, size: VariantState["size"]): VariantState {
  return { name, size, entries: [], latest: null, bytes: 0, seconds: 0, frames: 0, peak: 0 };
}

function addEntry(variant: VariantState, given: Given | undefined, entry: Omit<Entry, "gap">): void {
  variant.entries.push({ ...entry, gap: given === undefined });
  if (given === undefined) return;
  variant.latest = given.info;
  variant.bytes += given.bytes.length;
  variant.seconds += entry.seconds;
  variant.frames += given.info.frames;
  variant.peak = Math.max(variant.peak, (given.bytes.length * 8) / entry.seconds);
}

function codecsOf({ video, audio }: SegmentInfo): string {
  return audio === null ? video.codec : `${video.codec},${audio.codec}`;
}

function refused(detail: string, name: string): StreamflowError {
  return new StreamflowError("RenditionInvalid", detail, { name });
}
