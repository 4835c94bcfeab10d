import hls from "hls-parser";
import type { SegmentInfo } from "../interface.ts";
import type { Entry, Variant } from "./timeline.ts";

// Of two equal lines the library drops the second and says so; what must be there twice is put in by hand.
hls.setOptions({ silent: true });
const { MasterPlaylist, MediaPlaylist, Segment, Variant: MasterVariant } = hls.types;

/** Independent segments are known from version 6 on, gaps from 8 on. */
const VERSION = 6;
const VERSION_WITH_GAPS = 8;

export interface MediaPlaylistOptions {
  readonly entries: readonly Entry[];
  /** Of the segments that are no longer listed. */
  readonly droppedDiscontinuities: number;
  /** `EVENT` grows, `VOD` is complete; null: a window that slides. */
  readonly type: "EVENT" | "VOD" | null;
  readonly ended: boolean;
  /** {s} At least; a live playlist must not change it. */
  readonly targetDuration: number;
}

/** {s} A segment's length, rounded, is at most the target duration (RFC 8216, 4.3.3.1). */
export function targetDurationOf(entries: readonly Pick<Entry, "seconds">[]): number {
  return entries.reduce((longest, { seconds }) => Math.max(longest, Math.round(seconds)), 1);
}

export function mediaPlaylist(options: MediaPlaylistOptions): string {
  const { entries, type, ended } = options;
  const gaps = entries.some(({ gap }) => gap);
  const playlist = new MediaPlaylist({
    version: gaps ? VERSION_WITH_GAPS : VERSION,
    independentSegments: true,
    targetDuration: Math.max(options.targetDuration, targetDurationOf(entries)),
    mediaSequenceBase: entries[0]?.sequence ?? 0,
    discontinuitySequenceBase: options.droppedDiscontinuities,
    ...(type === null ? {} : { playlistType: type }),
    endlist: ended,
    segments: entries.map(
      ({ sequence, seconds, discontinuity, time }, index) =>
        new Segment({
          uri: `${sequence}.ts`,
          duration: Number(seconds.toFixed(6)),
          discontinuity,
          // One is enough where nothing jumps.
          ...(time !== null && (index === 0 || discontinuity) ? { programDateTime: time } : {}),
        }),
    ),
  });
  return `${hls.stringify(playlist, {
    // The library refuses a second gap in one playlist as redundant, so this tag is put in by hand.
    segmentProcessor: (lines, start, _end, _segment, index) => {
      if (entries[index]?.gap === true) lines.splice(start, 0, "#EXT-X-GAP");
    },
  })}\n`;
}

/**
 * @param variants of which the last is the source
 * @param uriOf    where a variant's media playlist is, as seen from the master playlist
 */
export function masterPlaylist(variants: readonly Variant[], uriOf: (name: string) => string): string {
  const source = variants.at(-1);
  const playlist = new MasterPlaylist({
    version: VERSION,
    independentSegments: true,
    variants: variants.map((variant) => {
      // A rendition that has been missing from the start is announced with the source's figures.
      const figures = variant.latest === null && source !== undefined ? source : variant;
      const resolution = variant.size ?? variant.latest?.video;
      const codecs = variant.latest === null ? undefined : codecsOf(variant.latest);
      return new MasterVariant({
        uri: uriOf(variant.name),
        bandwidth: Math.ceil(figures.peak),
        averageBandwidth: Math.ceil((figures.bytes * 8) / figures.seconds),
        frameRate: figures.frames / figures.seconds,
        ...(resolution === undefined ? {} : { resolution: { width: resolution.width, height: resolution.height } }),
        ...(codecs === undefined ? {} : { codecs }),
      });
    }),
  });
  return `${hls.stringify(playlist)}\n`;
}

function codecsOf({ video, audio }: SegmentInfo): string {
  return audio === null ? video.codec : `${video.codec},${audio.codec}`;
}

/** What a media playlist of this node lists. Only the first entry and those after a discontinuity have a time. */
export function readMediaPlaylist(
  text: string,
): Pick<MediaPlaylistOptions, "entries" | "droppedDiscontinuities" | "targetDuration"> {
  const { segments, discontinuitySequenceBase, targetDuration } = hls.parse(text) as hls.types.MediaPlaylist;
  return {
    entries: segments.map(({ uri, duration, gap, discontinuity, programDateTime }) => ({
      sequence: Number.parseInt(uri, 10),
      seconds: duration,
      gap: gap === true,
      discontinuity: discontinuity === true,
      time: programDateTime ?? null,
    })),
    droppedDiscontinuities: discontinuitySequenceBase ?? 0,
    targetDuration,
  };
}
