import type { FfmpegRunner, PictureSize, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { encodeFrames, type Frames, remake, scaledFrames } from "./remake.ts";

/** What a cheat is made from. */
export interface Occasion {
  readonly runner: FfmpegRunner;
  readonly source: SourceSegment;
  readonly asked: Rendition;
  /** What an honest encoder makes of it. */
  readonly honest: Buffer;
  /** The segment before, of as many pictures or more, and a segment of another clip. */
  readonly previous: SourceSegment;
  readonly other: SourceSegment;
  /** {1} In [0, 1). */
  readonly random: () => number;
}

export interface Kind {
  readonly name: string;
  readonly make: (occasion: Occasion) => Promise<Buffer>;
}

type Change = (frames: Frames, occasion: Occasion) => Frames | Promise<Frames>;

/** Other pictures than the source's, encoded as ordered. */
const pictures = (name: string, change: Change): Kind => ({
  name,
  make: async (occasion) => {
    const { runner, source, asked } = occasion;
    const frames = await scaledFrames(runner, source.bytes, asked);
    return encodeFrames(runner, await change(frames, occasion), source, asked);
  },
});

const filtered = (name: string, before: string): Kind => ({
  name,
  make: ({ runner, source, asked }) => remake(runner, source.bytes, asked, { before }),
});

/** Pictures of another segment, from its beginning, as many as are needed. */
const taken =
  (of: "previous" | "other"): Change =>
  async (frames, { runner, asked, [of]: { bytes } }) => {
    const others = await scaledFrames(runner, bytes, asked);
    return frames.map((_, i) => others[i % others.length]!);
  };

/** {1} Share of the picture's area, height by width of the part, and how much of the picture behind it is seen. */
const overlaid = (name: string, area: number, shape: "logo" | "banner", opacity: number): Kind =>
  pictures(name, (frames, { asked, random }) => {
    const width = even(shape === "banner" ? asked.width : asked.width * Math.sqrt(area));
    const height = even((area * asked.width * asked.height) / width);
    const left = even(random() * (asked.width - width));
    const top = shape === "banner" ? even(asked.height - height) : even(random() * (asked.height - height));
    return frames.map((frame) => paint(frame, asked, { left, top, width, height }, opacity));
  });

const even = (pixels: number): number => 2 * Math.floor(pixels / 2);

/** A sign of bright and dark squares. */
function paint(
  frame: Buffer,
  { width }: PictureSize,
  part: PictureSize & { readonly left: number; readonly top: number },
  opacity: number,
): Buffer {
  const painted = Buffer.from(frame);
  for (let y = part.top; y < part.top + part.height; y++) {
    for (let x = part.left; x < part.left + part.width; x++) {
      const colour = ((x - part.left) >> 4) % 3 === 0 && ((y - part.top) >> 4) % 2 === 0 ? 60 : 220;
      const at = y * width + x;
      painted[at] = Math.round(frame[at]! * (1 - opacity) + colour * opacity);
    }
  }
  return painted;
}

const middle = (frames: Frames, random: () => number): number => 2 + Math.floor(random() * (frames.length - 8));

const lowered = (divisor: number): Kind => ({
  name: `bit rate ÷${divisor}`,
  make: ({ runner, source, asked, honest }) => {
    const rate = String(Math.max(1_000, Math.round((honest.length * 8_000) / source.info.durationMs / divisor)));
    const encoder = ["-crf", "-1", "-b:v", rate, "-maxrate", rate, "-bufsize", rate];
    return remake(runner, source.bytes, asked, { encoder });
  },
});

export const KINDS: readonly Kind[] = [
  pictures("frozen", (frames) => frames.map(() => frames[0]!)),
  pictures("other content", taken("other")),
  filtered("flipped", "hflip"),
  overlaid("logo of 5 %", 0.05, "logo", 1),
  overlaid("logo of 10 %", 0.1, "logo", 1),
  overlaid("translucent logo of 10 %", 0.1, "logo", 0.4),
  overlaid("banner of 12 %", 0.12, "banner", 1),
  filtered("brightness +4 %", "format=yuv420p,lutyuv=y=val+10"),
  filtered("crop of 4 %", "crop=floor(iw*0.48)*2:floor(ih*0.48)*2"),
  pictures("last half second frozen", (frames, { source }) => {
    const kept = Math.max(1, frames.length - Math.round((frames.length * 500) / source.info.durationMs));
    return frames.map((frame, i) => (i < kept ? frame : frames[kept - 1]!));
  }),
  pictures("a picture late", (frames) => frames.map((_, i) => frames[Math.max(0, i - 1)]!)),
  pictures("a picture dropped, the last one doubled", (frames, { random }) => {
    const dropped = middle(frames, random);
    return [...frames.slice(0, dropped), ...frames.slice(dropped + 1), frames.at(-1)!];
  }),
  pictures("three pictures of another clip", async (frames, occasion) => {
    const others = await taken("other")(frames, occasion);
    const first = middle(frames, occasion.random);
    return frames.map((frame, i) => (i >= first && i < first + 3 ? others[i]! : frame));
  }),
  pictures("previous segment", taken("previous")),
  {
    name: "truncated",
    make: ({ honest }) => Promise.resolve(honest.subarray(0, 188 * Math.floor(honest.length / 376))),
  },
  {
    name: "wrong size",
    make: ({ runner, source, asked }) => {
      const size = { width: even(asked.width / 2), height: even(asked.height / 2) };
      return remake(runner, source.bytes, asked, { size });
    },
  },
  filtered("hue turned by 20°", "format=yuv420p,hue=h=20"),
  pictures("half of the pictures doubled", (frames) => frames.map((_, i) => frames[i - (i % 2)]!)),
  lowered(10),
  lowered(4),
  lowered(2),
  {
    name: "scaled up from half the size",
    make: ({ runner, source, asked }) => {
      const before = `scale=${even(asked.width / 2)}:${even(asked.height / 2)}:flags=bicubic`;
      return remake(runner, source.bytes, asked, { before });
    },
  },
];
