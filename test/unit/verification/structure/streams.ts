import { STRUCTURE_LIMITS, type StructureParameters } from "../../../../offchain/verification/structure/parameters.ts";
import {
  type Elementary,
  pictureParameters,
  sequenceParameters,
  slice,
  type SliceFields,
  transportStream,
} from "../../media/synthetic.ts";

/** Macroblocks of the pictures, and pixels. */
export const SIZE = { width: 20, height: 12 };
export const PIXELS = { width: 320, height: 192 };
export const START = 900_000;
export const TICKS = 3_000;

/** What the streams here are made by. */
export const PARAMETERS: StructureParameters = {
  ...STRUCTURE_LIMITS,
  outputs: [
    { ...PIXELS, profiles: 1, level: 30, pictureStep: 1, timeTolerance: 1, outputBytes: 1_000_000 },
    { ...PIXELS, profiles: 1, level: 30, pictureStep: 2, timeTolerance: 1, outputBytes: 1_000_000 },
  ],
};

export const sets = (): number[] => [...sequenceParameters(SIZE), ...pictureParameters()];

/** A picture with the parameter sets: the first of a segment. */
export const first = (fields: Partial<SliceFields> = {}): number[] => [
  ...sets(),
  ...slice({ idr: true, frameNumber: 0, ...fields }),
];

/** Pictures in decoding order, one each TICKS; the payload of any can be replaced. */
export function pictures(count: number, replaced: Readonly<Record<number, readonly number[]>> = {}): Elementary[] {
  return Array.from({ length: count }, (_, i) => ({
    pts: START + i * TICKS,
    payload: replaced[i] ?? (i === 0 ? first() : slice({ frameNumber: i & 15 })),
  }));
}

/** Changes something of some of the elementary packets. */
export function changed(
  packets: readonly Elementary[],
  change: (packet: Elementary, index: number) => Partial<Elementary>,
): Elementary[] {
  return packets.map((packet, i) => ({ ...packet, ...change(packet, i) }));
}

export const stream = (count = 8, replaced: Readonly<Record<number, readonly number[]>> = {}): Buffer =>
  transportStream(pictures(count, replaced));
