import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import type { Rendition } from "../../media/interface.ts";
import { describeIssues } from "../../pm/schema.ts";
import { MAX_OUTPUTS } from "../messages.ts";
import { REGION_BYTES } from "../root.ts";

const VERSION = 1;
/** {words} */
const HEADER = 5;

/** Bits of `profiles`. */
export const H264_PROFILE = { constrainedBaseline: 1, main: 2, high: 4, high444: 8 } as const;

const number = (least: number, most: number) => z.int().min(least).max(most);

const outputSchema = z.strictObject({
  /** {pixels} After cropping. */
  width: number(1, 16_384),
  height: number(1, 16_384),
  /** Those allowed: a sum of `H264_PROFILE`. */
  profiles: number(1, 15),
  /** Highest `level_idc`: ten times the level. */
  level: number(9, 62),
  /** {1} Of each so many of the source's pictures the first is kept. */
  pictureStep: number(1, 16),
  /** {ticks of 90 kHz} */
  timeTolerance: number(0, 45_000),
  /** {bytes} Most of this output. */
  outputBytes: number(1, REGION_BYTES),
});

/** In the order of their words. */
const OUTPUT_FIELDS = outputSchema.keyof().options;

/** What both parties agree on before the structure program judges: LIP-7. */
export const structureParametersSchema = z.strictObject({
  /** {bytes} A larger source is void. */
  sourceBytes: number(1, REGION_BYTES),
  /** {1} Most pictures of a segment. */
  pictures: number(1, 65_536),
  /** {1} Most NAL units of a segment. */
  units: number(1, 2 ** 24),
  outputs: z.array(outputSchema).min(1).max(MAX_OUTPUTS),
});

export type StructureParameters = z.infer<typeof structureParametersSchema>;

/** Limits that leave room for ten seconds of 8K at 120 pictures per second. */
export const STRUCTURE_LIMITS = { sourceBytes: REGION_BYTES, pictures: 2_400, units: 2 ** 18 } as const;

/** {ticks} Rounding on the way through containers with other clocks. */
const TOLERANCE = 1;
/** Any. The encoder chooses the lowest that fits; a broadcaster whose players need less writes its own. */
const ANY_LEVEL = 62;
/** Encoders in hardware differ in what they make. */
const ANY_PROFILE = H264_PROFILE.constrainedBaseline + H264_PROFILE.main + H264_PROFILE.high;

/**
 * The parameters for a list of renditions, in its order: every picture of the source at its time, in the profile that libx264 makes of the
 * preset, or in any of a fast encoder's. The same list makes the same bytes for whoever encodes it.
 * @param renditions 1 to 32
 * Errors: `ParametersInvalid`.
 */
export function structureParametersOf(
  renditions: readonly Rendition[],
  limits: Pick<StructureParameters, "sourceBytes" | "pictures" | "units"> = STRUCTURE_LIMITS,
): StructureParameters {
  const outputs = renditions.map(({ width, height, encoder, preset, crf }) => ({
    width,
    height,
    profiles: encoder === "fast" ? ANY_PROFILE : profileOf(preset, crf),
    level: ANY_LEVEL,
    pictureStep: 1,
    timeTolerance: TOLERANCE,
    outputBytes: REGION_BYTES,
  }));
  return check({ ...limits, outputs });
}

/** Bytes for the machine's region of parameters. Errors: `ParametersInvalid`. */
export function encodeStructureParameters(parameters: StructureParameters): Uint8Array {
  const { sourceBytes, pictures, units, outputs } = check(parameters);
  const rows = outputs.flatMap((output) => OUTPUT_FIELDS.map((field) => output[field]));
  const words = [VERSION, sourceBytes, pictures, units, outputs.length, ...rows];
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32LE(word, 4 * i));
  return bytes;
}

/** Of bytes as somebody else encoded them, and exactly those. Errors: `ParametersInvalid`. */
export function decodeStructureParameters(bytes: Uint8Array): StructureParameters {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 4 * HEADER ? view.readUInt32LE(16) : 0;
  if (bytes.length !== 4 * (HEADER + OUTPUT_FIELDS.length * count) || view.readUInt32LE(0) !== VERSION) {
    throw new StreamflowError("ParametersInvalid", `${bytes.length} bytes are not parameters of version ${VERSION}`);
  }
  const word = (at: number): number => view.readUInt32LE(4 * at);
  const outputs = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(OUTPUT_FIELDS.map((field, j) => [field, word(HEADER + OUTPUT_FIELDS.length * i + j)])),
  );
  return check({ sourceBytes: word(1), pictures: word(2), units: word(3), outputs });
}

function check(input: unknown): StructureParameters {
  const parsed = structureParametersSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("ParametersInvalid", describeIssues(parsed.error));
}

/** What libx264 says of its own stream: lossless coding needs the largest profile, the fastest preset uses no tool of another. */
function profileOf(preset: string, crf: number): number {
  if (crf === 0) return H264_PROFILE.high444;
  return preset === "ultrafast" ? H264_PROFILE.constrainedBaseline : H264_PROFILE.high;
}
