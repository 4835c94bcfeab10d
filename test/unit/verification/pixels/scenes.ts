import { type Judgement, pixelsProgram, runPixels } from "../../../../offchain/verification/pixels/judge.ts";
import { PIXELS_LIMITS, type PixelsParameters } from "../../../../offchain/verification/pixels/parameters.ts";
import { frameBytes } from "../../../../offchain/verification/pixels/raw.ts";
import type { PictureSize } from "../../../../offchain/media/interface.ts";
import { type Frames, pack } from "../../../fixtures/pixels/frames.ts";

/** Of the source, and of the output. */
export const SOURCE_SIZE = { width: 48, height: 36 };
export const SIZE = { width: 32, height: 18 };

type Row = PixelsParameters["outputs"][number];

/** Thresholds that nothing exceeds. */
export const ANYTHING: Row = {
  ...SIZE,
  pictureStep: 1,
  sampleStep: 1,
  outputBytes: 1_000_000,
  lumaMean: 1_040_400,
  lumaWorst: 1_040_400,
  chromaMean: 1_040_400,
  chromaWorst: 1_040_400,
  similarityMean: -32_768,
  similarityWorst: -32_768,
  lagRatio: 65_536,
  lagError: 1_040_400,
  lumaCellMean: 4_080,
  lumaCellWorst: 4_080,
  chromaCellMean: 4_080,
  chromaCellWorst: 4_080,
};

export function agreed(change: Partial<Row> = {}): PixelsParameters {
  return { ...PIXELS_LIMITS, outputs: [{ ...ANYTHING, ...change }] };
}

/** A byte that looks like no other near it, and is the same in every run. */
export function scrambled(number: number): number {
  return Math.imul(number + 1, 2_654_435_761) >>> 24;
}

/** Pictures of a size: each sample from its place in the picture and the picture's number. */
export function scene(
  size: PictureSize,
  count = 3,
  sample = (at: number, picture: number): number => scrambled(at + 7_919 * picture),
): Frames {
  const pictures = Array.from({ length: count }, (_, picture) =>
    Buffer.from(Uint8Array.from({ length: frameBytes(size) }, (_, at) => sample(at, picture))),
  );
  return { ...size, pictures };
}

/** Pictures of one colour each. */
export function flat(size: PictureSize, colours: readonly (readonly [y: number, u: number, v: number])[]): Frames {
  const luma = size.width * size.height;
  const plane = (length: number, sample: number): Buffer => Buffer.alloc(length, sample);
  const pictures = colours.map(([y, u, v]) => Buffer.concat([plane(luma, y), plane(luma / 4, u), plane(luma / 4, v)]));
  return { ...size, pictures };
}

const program = pixelsProgram();

export function judge(
  output: Frames | Uint8Array,
  source: Frames | Uint8Array,
  parameters = agreed(),
  outputIndex = 0,
): Judgement {
  return runPixels(program, { parameters, source: bytesOf(source), output: bytesOf(output), outputIndex });
}

function bytesOf(segment: Frames | Uint8Array): Uint8Array {
  return segment instanceof Uint8Array ? segment : pack(segment);
}
