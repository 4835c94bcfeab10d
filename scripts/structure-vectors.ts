import { hexlify } from "ethers";
import { FINDINGS } from "../offchain/verification/structure/findings.ts";
import { judgeCase, structureCase, structureProgram } from "../offchain/verification/structure/judge.ts";
import {
  encodeStructureParameters,
  STRUCTURE_LIMITS,
  type StructureParameters,
} from "../offchain/verification/structure/parameters.ts";
import { readManifest } from "../offchain/vm/guest/build.ts";
import { parametersTree, startOf } from "../offchain/vm/start.ts";
import { Trace } from "../offchain/vm/trace.ts";
import { pictureParameters, sequenceParameters, slice, transportStream } from "../test/unit/media/synthetic.ts";
import {
  changed,
  PARAMETERS,
  pictures,
  sets,
  SIZE,
  stream,
  TICKS,
} from "../test/unit/verification/structure/streams.ts";

// Test vectors with which another implementation of the structure program can check itself: LIPS/vectors/structure.json.

/** What the segments here are judged by, and values at the ends of their ranges. */
const PARAMETER_SETS = {
  ordinary: PARAMETERS,
  "three pictures at most": { ...PARAMETERS, pictures: 3 },
  smallest: {
    ...{ sourceBytes: 1, pictures: 1, units: 1 },
    outputs: [{ width: 1, height: 1, profiles: 1, level: 9, pictureStep: 1, timeTolerance: 0, outputBytes: 1 }],
  },
  largest: {
    ...{ ...STRUCTURE_LIMITS, pictures: 65_536, units: 2 ** 24 },
    outputs: Array.from({ length: 32 }, () => ({
      ...{ width: 16_384, height: 16_384, profiles: 15, level: 62, pictureStep: 16, timeTolerance: 45_000 },
      outputBytes: 2 ** 26,
    })),
  },
} satisfies Record<string, StructureParameters>;

const PICTURES = 4;
const honest = stream(PICTURES);

const retimed = (change: (pts: number, picture: number) => number): Buffer =>
  transportStream(changed(pictures(PICTURES), ({ pts }, picture) => ({ pts: change(pts!, picture) })));

const startingWith = (first: readonly number[]): Buffer => stream(PICTURES, { 0: first });

/** Tiny ones, of one packet for each table and each picture. */
const SEGMENTS = {
  honest,
  empty: Buffer.alloc(0),
  "one picture less": stream(PICTURES - 1),
  "one picture more": stream(PICTURES + 1),
  "a picture's time changed": retimed((pts, picture) => (picture === 2 ? pts + TICKS / 2 : pts)),
  "an hour later": retimed((pts) => pts + 3_600 * 90_000),
  "every second picture": transportStream(
    pictures(2).map((packet, i) => ({ ...packet, pts: packet.pts! + i * TICKS })),
  ),
  "half the size": startingWith([
    ...sequenceParameters({ width: SIZE.width / 2, height: SIZE.height / 2 }),
    ...pictureParameters(),
    ...slice({ idr: true, frameNumber: 0 }),
  ]),
  "first picture not an IDR picture": startingWith([...sets(), ...slice({ frameNumber: 0 })]),
  "no parameter sets": startingWith(slice({ idr: true, frameNumber: 0 })),
  "a byte short": honest.subarray(0, -1),
  "a packet left out": Buffer.concat([honest.subarray(0, 3 * 188), honest.subarray(4 * 188)]),
  "not synchronised": Buffer.from(honest.map((byte, i) => (i === 2 * 188 ? 0 : byte))),
};

interface Judged {
  readonly source?: keyof typeof SEGMENTS;
  readonly output?: keyof typeof SEGMENTS;
  readonly parameters?: keyof typeof PARAMETER_SETS;
  readonly outputIndex?: number;
}

/** Whatever is not named is honest, ordinary and the first. */
const CASES: readonly Judged[] = [
  {},
  { output: "every second picture", outputIndex: 1 },
  ...Object.keys(SEGMENTS)
    .filter((name) => name !== "honest")
    .map((name) => ({ output: name as keyof typeof SEGMENTS })),
  ...(["empty", "a byte short", "first picture not an IDR picture"] as const).map((source) => ({ source })),
  { source: "every second picture" },
  { parameters: "three pictures at most" },
  { outputIndex: 2 },
];

const PROGRAM = structureProgram();

function caseVector({
  source = "honest",
  output = "honest",
  parameters = "ordinary",
  outputIndex = 0,
}: Judged): object {
  const judged = structureCase(PROGRAM, {
    ...{ parameters: PARAMETER_SETS[parameters], outputIndex },
    ...{ source: SEGMENTS[source], output: SEGMENTS[output] },
  });
  const { verdict, finding, sourcePictures, outputPictures, steps } = judgeCase(judged);
  const [start, end] = new Trace(startOf(judged)).hashesAt([0n, BigInt(steps)]);
  const number = Object.entries(FINDINGS).find(([, [code]]) => code === finding?.code)?.[0];
  return {
    ...{ source, output, parameters, outputIndex, verdict },
    finding: finding === null ? null : { number: Number(number), ...finding },
    ...{ sourcePictures, outputPictures, steps, startHash: start, endHash: end },
  };
}

function parametersVector([name, fields]: [string, StructureParameters]): object {
  const bytes = encodeStructureParameters(fields);
  return { name, fields, bytes: hexlify(bytes), root: hexlify(parametersTree(bytes).root()) };
}

/** The text of the file. */
export function structureVectors(): string {
  const vectors = {
    program: readManifest().programs.structure!.program,
    parameters: Object.entries(PARAMETER_SETS).map(parametersVector),
    segments: Object.fromEntries(Object.entries(SEGMENTS).map(([name, bytes]) => [name, hexlify(bytes)])),
    cases: CASES.map(caseVector),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
