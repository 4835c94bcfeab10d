import { expect } from "chai";
import {
  type Judgement,
  runStructure,
  StructureJudge,
  structureProgram,
} from "../../../../offchain/verification/structure/judge.ts";
import { STRUCTURE_LIMITS, type StructureParameters } from "../../../../offchain/verification/structure/parameters.ts";
import { packetsOf, payloadOf, segmentOf } from "../../../fixtures/structure/edit.ts";
import {
  BitWriter,
  checksum,
  type Elementary,
  pictureParameters,
  sequenceParameters,
  slice,
  type SliceFields,
  transportStream,
  unit,
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

/** A segment in whose packet number `at` the section is another, with a checksum that is right. */
export function withSection(at: number, change: (section: number[]) => number[]): Buffer {
  const packets = packetsOf(stream());
  const { bytes } = packets[at]!;
  const start = payloadOf(bytes) + 1;
  const length = 3 + (bytes.readUInt16BE(start + 1) & 0xfff);
  const section = change([...bytes.subarray(start, start + length - 4)]);
  // Of what follows the field, and the checksum.
  section[2] = section.length + 1;
  bytes.fill(0xff, start);
  bytes.set([...section, ...checksum(section)], start);
  return segmentOf(packets);
}

export interface HighFields {
  readonly profile: number;
  readonly chromaFormat?: number;
  /** Beyond eight. */
  readonly depth?: number;
  /** Differences of the scaling lists that are given; a list ends early when a scale is 0. */
  readonly lists?: readonly (readonly number[])[];
}

/** Parameter sets of SIZE, and the first picture, in a profile that says the chroma format. */
export function highFirst({ profile, chromaFormat = 1, depth = 0, lists = [] }: HighFields): number[] {
  const bits = new BitWriter().u(8, profile).u(8, 0).u(8, 30).ue(0).ue(chromaFormat);
  if (chromaFormat === 3) bits.u(1, 0);
  bits.ue(depth).ue(depth).u(1, 0);
  bits.u(1, lists.length === 0 ? 0 : 1);
  for (let list = 0; lists.length > 0 && list < (chromaFormat === 3 ? 12 : 8); list += 1) {
    bits.u(1, list < lists.length ? 1 : 0);
    for (const scale of lists[list] ?? []) bits.ue(scale > 0 ? 2 * scale - 1 : -2 * scale);
  }
  bits.ue(0).ue(2).ue(1).u(1, 0);
  bits
    .ue(SIZE.width - 1)
    .ue(SIZE.height - 1)
    .u(1, 1)
    .u(1, 1)
    .u(1, 0)
    .u(1, 0);
  return [...unit(0x67, bits.bytes()), ...pictureParameters(), ...slice({ idr: true, frameNumber: 0 })];
}

/** Parameter sets of a stream of fields that has SIZE. */
export const interlacedSets = (crop?: readonly [number, number, number, number]): number[] => [
  ...sequenceParameters({ width: SIZE.width, height: SIZE.height / 2, interlaced: true, ...(crop && { crop }) }),
  ...pictureParameters(),
];

const program = structureProgram();
const translated = new StructureJudge(program);

export function judge(
  output: Uint8Array,
  source: Uint8Array = stream(),
  parameters = PARAMETERS,
  outputIndex = 0,
): Judgement {
  const judged = { parameters, source, output, outputIndex };
  const judgement = runStructure(program, judged);
  // The translation says the same, word for word.
  expect(translated.judge(judged)).to.deep.equal(judgement);
  return judgement;
}
