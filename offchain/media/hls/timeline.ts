import type { SegmentInfo, TranscodedRendition } from "../interface.ts";
import { TICKS_PER_SECOND, ticksBetween } from "../transport.ts";

/** A source that jumps by more than this has been interrupted. */
const LARGEST_JUMP_TICKS = TICKS_PER_SECOND / 2;

export type Given = Pick<TranscodedRendition, "name" | "bytes" | "info">;

/** One segment of one variant, as playlists show it. */
export interface Entry {
  readonly sequence: number;
  readonly seconds: number;
  /** The segment is missing. */
  readonly gap: boolean;
  readonly discontinuity: boolean;
  /** When it came; null in a stream that is not live. */
  readonly time: Date | null;
}

/** One variant of a stream: its segments so far, as many as are kept, and the figures that the master playlist needs. */
export class Variant {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly entries: Entry[] = [];
  /** Discontinuities among those that were dropped from `entries`. */
  droppedDiscontinuities = 0;
  /** Of the latest segment that was not missing. */
  latest: SegmentInfo | null = null;
  bytes = 0;
  seconds = 0;
  frames = 0;
  /** Bits per second of the greediest segment. */
  peak = 0;

  constructor(name: string, size: Variant["size"]) {
    this.name = name;
    this.size = size;
  }

  add(entry: Omit<Entry, "gap">, given: Given | undefined): void {
    this.entries.push({ ...entry, gap: given === undefined });
    if (given === undefined) return;
    this.latest = given.info;
    this.bytes += given.bytes.length;
    this.seconds += entry.seconds;
    this.frames += given.info.frames;
    this.peak = Math.max(this.peak, (given.bytes.length * 8) / entry.seconds);
  }

  /** Drops the oldest entries but for `count`, and gives them. */
  keep(count: number): Entry[] {
    const dropped = this.entries.splice(0, Math.max(0, this.entries.length - count));
    this.droppedDiscontinuities += dropped.filter(({ discontinuity }) => discontinuity).length;
    return dropped;
  }
}

/**
 * True where a variant comes back from a gap, where the source's time jumps and where its coding changes. All variants get the mark at once
 * even if only one has lost something: players align variants by counting discontinuities (RFC 8216, 6.2.4).
 */
export function isDiscontinuity(
  variants: readonly Variant[],
  source: SegmentInfo,
  given: ReadonlyMap<string, Given>,
): boolean {
  const previous = variants.at(-1)?.latest ?? null;
  if (previous === null) return false;
  const returns = variants.some(({ name, entries }) => entries.at(-1)?.gap === true && given.has(name));
  const jump = ticksBetween(previous.firstPts + previous.durationTicks, source.firstPts);
  const { codec, width, height } = previous.video;
  const changed =
    codec !== source.video.codec ||
    width !== source.video.width ||
    height !== source.video.height ||
    previous.audio?.codec !== source.audio?.codec;
  return returns || changed || Math.abs(jump) > LARGEST_JUMP_TICKS;
}
