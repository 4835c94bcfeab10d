// What was found and measured, for people: LIP-8, "Report". The numbers of the findings are also in
// offchain/verification/pixels/findings.ts.
#ifndef PIXELS_REPORT_H
#define PIXELS_REPORT_H

#include "../machine.h"

enum finding {
  NOTHING = 0,
  PARAMETERS_INVALID = 1,
  SEGMENT_BYTES_EXCEEDED = 2,
  // Raw frames.
  HEADER = 10,
  FRAME_SIZE = 11,
  FRAME_CUT = 12,
  BYTES_LEFT = 13,
  // Pictures.
  PICTURES = 20,
  NO_PICTURE = 21,
  PICTURE_SIZE = 22,
  PICTURE_MISSING = 30,
  PICTURE_ADDED = 31,
  // A picture against the source's.
  LUMA_ERROR = 40,
  CHROMA_ERROR = 41,
  SIMILARITY = 42,
  LAG = 43,
  LUMA_CELL = 44,
  CHROMA_CELL = 45,
  // All of them.
  MEAN_LUMA_ERROR = 50,
  MEAN_CHROMA_ERROR = 51,
  MEAN_SIMILARITY = 52,
  MEAN_LUMA_CELL = 53,
  MEAN_CHROMA_CELL = 54,
};

enum where { IN_PARAMETERS = 0, IN_SOURCE = 1, IN_OUTPUT = 2 };

struct report {
  uint32_t finding, where, position, picture, expected, found, sourcePictures, outputPictures, compared;
  // What was measured, in the units and the order of the thresholds.
  uint32_t lumaMean, lumaWorst, chromaMean, chromaWorst;
  int32_t similarityMean, similarityWorst;
  uint32_t lagWorst, lumaCellMean, lumaCellWorst, chromaCellMean, chromaCellWorst;
};

#define REPORT ((struct report *)HEAP)
// Where the heap is free for other things.
#define REPORT_BYTES 128u

// Notes two numbers that explain a finding, which it returns.
static inline enum finding explain(enum finding finding, uint32_t expected, uint32_t found) {
  REPORT->expected = expected;
  REPORT->found = found;
  return finding;
}

#endif
