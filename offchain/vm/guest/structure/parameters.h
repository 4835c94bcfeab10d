// What both parties agreed on: LIP-7, "Parameters".
#ifndef STRUCTURE_PARAMETERS_H
#define STRUCTURE_PARAMETERS_H

#include <stdbool.h>

#include "../machine.h"

#define MOST_OUTPUTS 32u

// One output.
struct row {
  uint32_t width, height, profiles, level, pictureStep, timeTolerance, outputBytes;
};

struct parameters {
  uint32_t version, sourceBytes, pictures, units, outputs;
  struct row rows[MOST_OUTPUTS];
};

#define AGREED ((const struct parameters *)PARAMETERS)

static inline bool isWithin(uint32_t value, uint32_t least, uint32_t most) { return value >= least && value <= most; }

// The row of an output; NULL when the parameters are not valid for it.
static inline const struct row *findRow(uint32_t outputIndex) {
  if (AGREED->version != 1) return 0;
  if (!isWithin(AGREED->sourceBytes, 1, SEGMENT_BYTES)) return 0;
  if (!isWithin(AGREED->pictures, 1, 65536)) return 0;
  if (!isWithin(AGREED->units, 1, 1u << 24)) return 0;
  if (!isWithin(AGREED->outputs, 1, MOST_OUTPUTS)) return 0;
  if (outputIndex >= AGREED->outputs) return 0;

  const struct row *row = &AGREED->rows[outputIndex];
  if (!isWithin(row->width, 1, 16384) || !isWithin(row->height, 1, 16384)) return 0;
  if (!isWithin(row->profiles, 1, 15)) return 0;
  if (!isWithin(row->level, 9, 62)) return 0;
  if (!isWithin(row->pictureStep, 1, 16)) return 0;
  if (row->timeTolerance > 45000) return 0;
  if (!isWithin(row->outputBytes, 1, SEGMENT_BYTES)) return 0;
  return row;
}

#endif
