import * as report from "../report.ts";

/** What the structure program can find, by the number that it reports: LIP-7. The numbers are also in `offchain/vm/guest/structure/report.h`. */
export const FINDINGS = {
  1: ["ParametersInvalid", "the parameters are not valid for this output"],
  2: ["SegmentBytes", "the segment is larger than was agreed on"],
  10: ["Length", "the segment is not a whole number of packets"],
  11: ["Sync", "a packet does not begin with the synchronisation byte"],
  12: ["Damaged", "a packet is marked as damaged"],
  13: ["Adaptation", "an adaptation field is too long"],
  14: ["ProgramTables", "a program table is missing, malformed or changes"],
  15: ["VideoStream", "there is not exactly one H.264 stream"],
  16: ["Scrambled", "the video is scrambled"],
  17: ["Continuity", "packets of the video are missing or repeated"],
  20: ["ElementaryHeader", "an elementary packet's header is malformed"],
  21: ["ElementaryLength", "an elementary packet has another length than it says"],
  22: ["ElementaryStart", "the video begins within an elementary packet"],
  30: ["UnitStart", "there are bytes before the first unit"],
  31: ["Units", "there are more units than was agreed on"],
  32: ["UnitHeader", "a unit's header is malformed"],
  33: ["SequenceParameters", "a sequence parameter set is malformed or not supported"],
  34: ["PictureParameters", "a picture parameter set is malformed or not supported"],
  35: ["ParametersMissing", "a slice comes before its parameter sets"],
  36: ["SliceHeader", "a slice is malformed or out of order"],
  37: ["FrameNumber", "a picture that others refer to is missing"],
  40: ["Pictures", "there are more pictures than was agreed on"],
  41: ["FirstPicture", "the first picture is not an IDR picture"],
  42: ["PictureSize", "the picture's size is wrong or changes"],
  43: ["Profile", "the profile is not one of those agreed on"],
  44: ["Level", "the level is above the one agreed on"],
  45: ["NoPicture", "there is no picture"],
  50: ["NoTime", "a picture has no time stamp of its own"],
  51: ["TimeRange", "a picture's time is hours away from the source's"],
  52: ["TimeOrder", "two pictures have one time, or more than 16 are reordered"],
  60: ["OtherSegment", "all pictures lie outside of the source's time"],
  61: ["PictureMissing", "pictures of the source are missing"],
  62: ["PictureAdded", "there are pictures that the source does not have"],
  63: ["TimeDiffers", "a picture's time is not the source's"],
  64: ["Audio", "audio was lost or added"],
} as const satisfies Record<number, readonly [code: string, text: string]>;

export type FindingCode = (typeof FINDINGS)[keyof typeof FINDINGS][0];

/**
 * Position: of the packet in which it was found; the segment's length when that was read to its end. Pictures: for a comparison in the order of
 * their times, else in that of decoding. Times are in ticks from the source's first picture. All of it: LIP-7.
 */
export type Finding = report.Finding<FindingCode>;

/** For logs and terminals, in one line. */
export function describeFinding(finding: Finding): string {
  return report.describe(FINDINGS, finding);
}

/** Why a verdict is fault. @param finding null: it was said before the run ended otherwise than by itself */
export function describeFault(finding: Finding | null): string {
  return finding === null ? "the program does not end by itself" : describeFinding(finding);
}
