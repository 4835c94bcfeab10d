import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import type { Rendition } from "../../media/interface.ts";
import { describeIssues } from "../../pm/schema.ts";
import { MAX_OUTPUTS } from "../messages.ts";
import { REGION_BYTES } from "../root.ts";
import { thresholdsOf } from "./thresholds.ts";
import { LARGEST_ERROR } from "./units.ts";

const VERSION = 1;
/** {words} */
const HEADER = 4;
/** {pixels} Of a rendition. */
const MOST_PIXELS = 2 ** 24;
/** {1/16 of a step} */
const LARGEST_CELL = 4_080;

const number = (least: number, most: number) => z.int().min(least).max(most);
const side = number(16, 16_384).multipleOf(2);
const error = number(0, LARGEST_ERROR);
const similarity = number(-32_768, 32_768);
const cell = number(0, LARGEST_CELL);

const thresholdFields = {
  /** {1/16 of a squared step} Most of the mean squared error of all pictures together, and of any of them. */
  lumaMean: error,
  lumaWorst: error,
  chromaMean: error,
  chromaWorst: error,
  /** {2^-15} Least mean SSIM of the luma. */
  similarityMean: similarity,
  similarityWorst: similarity,
  /** {1/16} Most that a picture's error is of that against the picture before, where it is above `lagError`. */
  lagRatio: number(16, 65_536),
  /** {1/16 of a squared step} */
  lagError: error,
  /** {1/16 of a step} Most that a cell is above or below the source's, in the mean of all pictures and in any of them. */
  lumaCellMean: cell,
  lumaCellWorst: cell,
  chromaCellMean: cell,
  chromaCellWorst: cell,
};

const outputSchema = z
  .strictObject({
    /** {pixels} */
    width: side,
    height: side,
    /** {1} Of each so many of the source's pictures the first is kept. */
    pictureStep: number(1, 16),
    /** {1} Of each so many of the output's pictures the first is compared. */
    sampleStep: number(1, 256),
    /** {bytes} Most of this output. */
    outputBytes: number(1, REGION_BYTES),
    ...thresholdFields,
  })
  .refine(({ width, height }) => width * height <= MOST_PIXELS, `at most ${MOST_PIXELS} pixels`);

/** In the order of their words. */
const OUTPUT_FIELDS = outputSchema.keyof().options;

/** What both parties agree on before the pixels program judges: LIP-8. */
export const pixelsParametersSchema = z.strictObject({
  /** {bytes} A larger source is void. */
  sourceBytes: number(1, REGION_BYTES),
  /** {1} Most pictures of the source. */
  pictures: number(1, 65_536),
  outputs: z.array(outputSchema).min(1).max(MAX_OUTPUTS),
});

export type PixelsParameters = z.infer<typeof pixelsParametersSchema>;

/** As many as the structure program allows. */
export const PIXELS_LIMITS = { sourceBytes: REGION_BYTES, pictures: 2_400 } as const;

/**
 * The parameters for a list of renditions, in its order: every picture, each compared, with thresholds for gross failure at the factor.
 * The same list makes the same bytes for whoever encodes it.
 * @param renditions 1 to 32
 * Errors: `ParametersInvalid`.
 */
export function pixelsParametersOf(
  renditions: readonly Rendition[],
  limits: Pick<PixelsParameters, "sourceBytes" | "pictures"> = PIXELS_LIMITS,
): PixelsParameters {
  const outputs = renditions.map(({ width, height, crf }) => ({
    width,
    height,
    pictureStep: 1,
    sampleStep: 1,
    outputBytes: REGION_BYTES,
    ...thresholdsOf(crf),
  }));
  return check({ ...limits, outputs });
}

/** Bytes for the machine's region of parameters. Errors: `ParametersInvalid`. */
export function encodePixelsParameters(parameters: PixelsParameters): Uint8Array {
  const { sourceBytes, pictures, outputs } = check(parameters);
  const rows = outputs.flatMap((output) => OUTPUT_FIELDS.map((field) => output[field]));
  return Buffer.from(Int32Array.from([VERSION, sourceBytes, pictures, outputs.length, ...rows]).buffer);
}

/** Of bytes as somebody else encoded them, and exactly those. Errors: `ParametersInvalid`. */
export function decodePixelsParameters(bytes: Uint8Array): PixelsParameters {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 4 * HEADER ? view.readUInt32LE(12) : 0;
  if (bytes.length !== 4 * (HEADER + OUTPUT_FIELDS.length * count) || view.readUInt32LE(0) !== VERSION) {
    throw new StreamflowError("ParametersInvalid", `${bytes.length} bytes are not parameters of version ${VERSION}`);
  }
  // All fields but the similarities are below 2^31.
  const word = (at: number): number => view.readInt32LE(4 * at);
  const outputs = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(OUTPUT_FIELDS.map((field, j) => [field, word(HEADER + OUTPUT_FIELDS.length * i + j)])),
  );
  return check({ sourceBytes: word(1), pictures: word(2), outputs });
}

function check(input: unknown): PixelsParameters {
  const parsed = pixelsParametersSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new StreamflowError("ParametersInvalid", describeIssues(parsed.error));
}
