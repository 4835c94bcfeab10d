import * as report from "../report.ts";

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

export type FindingCode = (typeof FINDINGS)[keyof typeof FINDINGS][0];

/**
 * Position: of the last picture that was read. Pictures: 0 for what is about all of them. All of it: LIP-8.
 */
export type Finding = report.Finding<FindingCode>;

/** For logs and terminals, in one line. */
export function describeFinding(finding: Finding): string {
  return report.describe(FINDINGS, finding);
}
