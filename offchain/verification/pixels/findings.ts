/** What the pixels program can find, by the number that it reports: LIP-8. The numbers are also in `offchain/vm/guest/pixels/report.h`. */
export const FINDINGS = {
  1: ["ParametersInvalid", "the parameters are not valid for this output"],
  2: ["SegmentBytes", "the segment is larger than was agreed on"],
  10: ["Header", "the header is cut short or of another version"],
  11: ["FrameSize", "the frames have a size that is not supported"],
  12: ["FrameCut", "a frame is cut short"],
  13: ["BytesLeft", "there are bytes behind the last frame"],
  20: ["Pictures", "there are more pictures than was agreed on"],
  21: ["NoPicture", "there is no picture"],
  22: ["PictureSize", "the pictures do not have the size agreed on, or the source's are smaller"],
  30: ["PictureMissing", "pictures of the source are missing"],
  31: ["PictureAdded", "there are pictures that the source does not have"],
  40: ["LumaError", "a picture's luma is too far from the source's"],
  41: ["ChromaError", "a picture's chroma is too far from the source's"],
  42: ["Similarity", "a picture is not similar to the source's"],
  43: ["Lag", "a picture is the source's of an earlier time"],
  44: ["LumaCell", "a part of a picture is brighter or darker than the source's"],
  45: ["ChromaCell", "a part of a picture has another colour than the source's"],
  50: ["MeanLumaError", "the luma is too far from the source's"],
  51: ["MeanChromaError", "the chroma is too far from the source's"],
  52: ["MeanSimilarity", "the pictures are not similar to the source's"],
  53: ["MeanLumaCell", "a part of the pictures is brighter or darker than the source's"],
  54: ["MeanChromaCell", "a part of the pictures has another colour than the source's"],
} as const satisfies Record<number, readonly [code: string, text: string]>;

export type FindingNumber = keyof typeof FINDINGS;
export type FindingCode = (typeof FINDINGS)[FindingNumber][0];

/** Where a finding is, by the number that the program reports. */
export const PLACES = ["parameters", "source", "output"] as const;

/** The first thing that was found, which ended the run. */
export interface Finding {
  readonly code: FindingCode;
  readonly where: (typeof PLACES)[number];
  /** {bytes} Of the last picture that was read. */
  readonly position: number;
  /** {1} Pictures before it; 0 for what is about all of them. */
  readonly picture: number;
  /** What they mean depends on the code: LIP-8. */
  readonly expected: number;
  readonly found: number;
}

/** For logs and terminals, in one line. */
export function describeFinding({ code, where, position, picture, expected, found }: Finding): string {
  const [, text] = Object.values(FINDINGS).find(([name]) => name === code)!;
  const pair = code === "PictureSize" ? [expected, found].map(sizeOf) : [expected, found];
  const numbers = expected === 0 && found === 0 ? "" : `, expected ${pair[0]}, found ${pair[1]}`;
  return `${where}: ${text} (${code}; byte ${position}, picture ${picture}${numbers})`;
}

function sizeOf(packed: number): string {
  return `${packed >>> 16}x${packed & 0xffff}`;
}

export function isFindingNumber(number: number): number is FindingNumber {
  return number in FINDINGS;
}
