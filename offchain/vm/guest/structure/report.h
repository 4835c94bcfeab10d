// What was found, for people: LIP-7, "Report". The numbers of the findings are also in offchain/verification/structure/findings.ts.
#ifndef STRUCTURE_REPORT_H
#define STRUCTURE_REPORT_H

#include "../machine.h"

enum finding {
  NOTHING = 0,
  PARAMETERS_INVALID = 1,
  SEGMENT_BYTES_EXCEEDED = 2,
  // Transport.
  LENGTH = 10,
  SYNC = 11,
  DAMAGED = 12,
  ADAPTATION = 13,
  PROGRAM_TABLES = 14,
  VIDEO_STREAM = 15,
  SCRAMBLED = 16,
  CONTINUITY = 17,
  // Elementary packets.
  ELEMENTARY_HEADER = 20,
  ELEMENTARY_LENGTH = 21,
  ELEMENTARY_START = 22,
  // Units.
  UNIT_START = 30,
  UNITS = 31,
  UNIT_HEADER = 32,
  SEQUENCE_PARAMETERS = 33,
  PICTURE_PARAMETERS = 34,
  PARAMETERS_MISSING = 35,
  SLICE_HEADER = 36,
  FRAME_NUMBER = 37,
  // Pictures.
  PICTURES = 40,
  FIRST_PICTURE = 41,
  PICTURE_SIZE = 42,
  PROFILE = 43,
  LEVEL = 44,
  NO_PICTURE = 45,
  NO_TIME = 50,
  TIME_RANGE = 51,
  TIME_ORDER = 52,
  // Comparison.
  OTHER_SEGMENT = 60,
  PICTURE_MISSING = 61,
  PICTURE_ADDED = 62,
  TIME_DIFFERS = 63,
  AUDIO = 64,
};

enum where { IN_PARAMETERS = 0, IN_SOURCE = 1, IN_OUTPUT = 2 };

struct report {
  uint32_t finding, where, position, picture, expected, found, sourcePictures, outputPictures;
};

#define REPORT ((struct report *)HEAP)
// Where the heap is free for other things.
#define REPORT_BYTES 64u

// Notes two numbers that explain a finding, which it returns.
static inline enum finding explain(enum finding finding, uint32_t expected, uint32_t found) {
  REPORT->expected = expected;
  REPORT->found = found;
  return finding;
}

#endif
