// What both parties agreed on: LIP-8, "Parameters".
#ifndef PIXELS_PARAMETERS_H
#define PIXELS_PARAMETERS_H

#include <stdbool.h>

#include "../machine.h"

#define MOST_OUTPUTS 32u
// {1} Of a picture: a side, all samples of the luma in the output and in the source.
#define LONGEST_SIDE 16384u
#define MOST_SAMPLES (1u << 24)
#define MOST_SOURCE_SAMPLES (1u << 26)
// {1/16 of a squared step} 255 × 255: an error that no picture has more of.
#define LARGEST_ERROR 1040400u
// {1/16 of a step} 255.
#define LARGEST_CELL 4080u

// One output.
struct row {
  uint32_t width, height, pictureStep, sampleStep, outputBytes;
  uint32_t lumaMean, lumaWorst, chromaMean, chromaWorst;
  int32_t similarityMean, similarityWorst;
  uint32_t lagRatio, lagError, lumaCellMean, lumaCellWorst, chromaCellMean, chromaCellWorst;
};

struct parameters {
  uint32_t version, sourceBytes, pictures, outputs;
  struct row rows[MOST_OUTPUTS];
};

#define AGREED ((const struct parameters *)PARAMETERS)

static inline bool isWithin(uint32_t value, uint32_t least, uint32_t most) { return value >= least && value <= most; }

// Of a picture of 4:2:0: even, and large enough for a window of the similarity.
static inline bool isSide(uint32_t side) { return isWithin(side, 16, LONGEST_SIDE) && side % 2 == 0; }

static inline bool isSimilarity(int32_t value) { return value >= -32768 && value <= 32768; }

static inline bool areThresholds(const struct row *row) {
  if (row->lumaMean > LARGEST_ERROR || row->lumaWorst > LARGEST_ERROR) return false;
  if (row->chromaMean > LARGEST_ERROR || row->chromaWorst > LARGEST_ERROR) return false;
  if (!isSimilarity(row->similarityMean) || !isSimilarity(row->similarityWorst)) return false;
  if (!isWithin(row->lagRatio, 16, 65536) || row->lagError > LARGEST_ERROR) return false;
  if (row->lumaCellMean > LARGEST_CELL || row->lumaCellWorst > LARGEST_CELL) return false;
  return row->chromaCellMean <= LARGEST_CELL && row->chromaCellWorst <= LARGEST_CELL;
}

// The row of an output; NULL when the parameters are not valid for it.
static inline const struct row *findRow(uint32_t outputIndex) {
  if (AGREED->version != 1) return 0;
  if (!isWithin(AGREED->sourceBytes, 1, SEGMENT_BYTES)) return 0;
  if (!isWithin(AGREED->pictures, 1, 65536)) return 0;
  if (!isWithin(AGREED->outputs, 1, MOST_OUTPUTS)) return 0;
  if (outputIndex >= AGREED->outputs) return 0;

  const struct row *row = &AGREED->rows[outputIndex];
  if (!isSide(row->width) || !isSide(row->height) || row->width * row->height > MOST_SAMPLES) return 0;
  if (!isWithin(row->pictureStep, 1, 16)) return 0;
  if (!isWithin(row->sampleStep, 1, 256)) return 0;
  if (!isWithin(row->outputBytes, 1, SEGMENT_BYTES)) return 0;
  return areThresholds(row) ? row : 0;
}

#endif
