// The pictures of the output against those of the source: LIP-8, "Comparison".
#ifndef PIXELS_COMPARISON_H
#define PIXELS_COMPARISON_H

#include "errors.h"
#include "heap.h"
#include "scaling.h"
#include "similarity.h"

#define CELLS (CELL_ROWS * CELL_COLUMNS)

struct comparison {
  const struct row *row;
  struct scaler scaler;
  // The source's planes in the output's size, and the luma of the picture that was compared before.
  uint8_t *scaled[3], *before;
  struct moments *blocks;
  // Over all pictures that were compared: {squared steps} of each plane, {2^-15}, {steps}.
  uint64_t squares[3];
  int64_t similarity;
  int64_t cells[3][CELLS];
};

static void setUpComparison(struct comparison *comparison, const struct row *row, const struct sequence *source) {
  uint32_t samples = row->width * row->height;
  comparison->row = row;
  comparison->scaler.horizontal = reduced(source->width, row->width);
  comparison->scaler.vertical = reduced(source->height, row->height);
  comparison->scaler.columns = reserve(source->width * sizeof(uint32_t));
  for (uint32_t i = 0; i < 3; i += 1) comparison->scaled[i] = reserve(i == 0 ? samples : samples / 4);
  comparison->before = reserve(samples);
  comparison->blocks = reserve(2 * (row->width / BLOCK) * sizeof(struct moments));
}

// {1/16 of a squared step} Rounded down.
static uint32_t meanOf(uint64_t squares, uint64_t samples) { return (uint32_t)(16 * squares / samples); }

static void keepLargest(uint32_t *largest, uint32_t value) {
  if (value > *largest) *largest = value;
}

static enum finding checkLag(struct comparison *comparison, const struct plane *luma, uint64_t squares) {
  const struct row *row = comparison->row;
  // Before the first there is none; those of a still picture do not differ.
  if (REPORT->compared == 1) return NOTHING;
  uint64_t samples = row->width * row->height;
  if (16 * squares <= row->lagError * samples) return NOTHING;
  uint64_t before = squaresOfPlane(luma, comparison->before);
  uint64_t ratio = before == 0 ? 65537 : 16 * squares / before;
  uint32_t bounded = ratio > 65536 ? 65537 : (uint32_t)ratio;
  keepLargest(&REPORT->lagWorst, bounded);
  return 16 * squares > row->lagRatio * before ? explain(LAG, row->lagRatio, bounded) : NOTHING;
}

// The largest of the cells' differences, and whether one is above `most`, in the mean of `pictures`.
static bool isCellAbove(const int64_t *cells, const struct plane *plane, uint32_t pictures, uint32_t most,
                        uint32_t *largest) {
  for (uint32_t y = 0; y < CELL_ROWS; y += 1) {
    uint64_t row = cellStart(y + 1, CELL_ROWS, plane->height) - cellStart(y, CELL_ROWS, plane->height);
    row *= pictures;
    for (uint32_t x = 0; x < CELL_COLUMNS; x += 1, cells += 1) {
      // Small pictures have cells without a sample of chroma.
      uint64_t samples = row * (cellStart(x + 1, CELL_COLUMNS, plane->width) - cellStart(x, CELL_COLUMNS, plane->width));
      uint64_t size = 16 * (uint64_t)(*cells < 0 ? -*cells : *cells);
      if (size > most * samples) {
        *largest = (uint32_t)(size / samples);
        return true;
      }
      if (size >= (*largest + 1) * samples && samples > 0) *largest = (uint32_t)(size / samples);
    }
  }
  return false;
}

static enum finding checkPlane(struct comparison *comparison, const struct plane *plane, uint32_t number,
                               uint64_t *squares) {
  const struct row *row = comparison->row;
  bool isLuma = number == 0;
  uint64_t samples = plane->width * plane->height;
  int64_t cells[CELLS] = {0};
  *squares = squaresInCells(plane, comparison->scaled[number], cells);
  comparison->squares[number] += *squares;
  for (uint32_t i = 0; i < CELLS; i += 1) comparison->cells[number][i] += cells[i];

  uint32_t most = isLuma ? row->lumaWorst : row->chromaWorst, mean = meanOf(*squares, samples);
  keepLargest(isLuma ? &REPORT->lumaWorst : &REPORT->chromaWorst, mean);
  if (16 * *squares > most * samples) return explain(isLuma ? LUMA_ERROR : CHROMA_ERROR, most, mean);
  most = isLuma ? row->lumaCellWorst : row->chromaCellWorst;
  uint32_t *largest = isLuma ? &REPORT->lumaCellWorst : &REPORT->chromaCellWorst;
  if (isCellAbove(cells, plane, 1, most, largest)) return explain(isLuma ? LUMA_CELL : CHROMA_CELL, most, *largest);
  return NOTHING;
}

static enum finding checkSimilarity(struct comparison *comparison, const struct plane *luma) {
  int64_t windows = windowsOf(luma->width, luma->height);
  int64_t sum = similarityOfPlane(luma, comparison->scaled[0], comparison->blocks);
  int32_t mean = (int32_t)(sum / windows), least = comparison->row->similarityWorst;
  comparison->similarity += sum;
  if (REPORT->compared == 1 || mean < REPORT->similarityWorst) REPORT->similarityWorst = mean;
  return sum < least * windows ? explain(SIMILARITY, (uint32_t)least, (uint32_t)mean) : NOTHING;
}

static enum finding comparePictures(struct comparison *comparison, const struct picture *source,
                                    const struct picture *output) {
  uint8_t *before = comparison->scaled[0];
  comparison->scaled[0] = comparison->before;
  comparison->before = before;
  for (uint32_t i = 0; i < 3; i += 1) {
    const struct plane *plane = &output->planes[i];
    scalePlane(&comparison->scaler, &source->planes[i], comparison->scaled[i], plane->width, plane->height);
  }
  REPORT->compared += 1;
  uint64_t squares[3];
  for (uint32_t i = 0; i < 3; i += 1) {
    enum finding finding = checkPlane(comparison, &output->planes[i], i, &squares[i]);
    if (finding != NOTHING) return finding;
  }
  enum finding finding = checkSimilarity(comparison, &output->planes[0]);
  return finding != NOTHING ? finding : checkLag(comparison, &output->planes[0], squares[0]);
}

static void measureMeans(const struct comparison *comparison) {
  uint64_t samples = comparison->row->width * comparison->row->height * (uint64_t)REPORT->compared;
  uint64_t windows = windowsOf(comparison->row->width, comparison->row->height) * (uint64_t)REPORT->compared;
  if (samples == 0) return;
  REPORT->lumaMean = meanOf(comparison->squares[0], samples);
  REPORT->chromaMean = meanOf(comparison->squares[1], samples / 4);
  keepLargest(&REPORT->chromaMean, meanOf(comparison->squares[2], samples / 4));
  REPORT->similarityMean = (int32_t)(comparison->similarity / (int64_t)windows);
}

// What is asked of all pictures together, of which at least one was compared.
static enum finding checkMeans(const struct comparison *comparison) {
  const struct row *row = comparison->row;
  uint64_t samples = row->width * row->height * (uint64_t)REPORT->compared;
  int64_t windows = windowsOf(row->width, row->height) * (int64_t)REPORT->compared;
  if (16 * comparison->squares[0] > row->lumaMean * samples) {
    return explain(MEAN_LUMA_ERROR, row->lumaMean, REPORT->lumaMean);
  }
  for (uint32_t i = 1; i < 3; i += 1) {
    if (16 * comparison->squares[i] > row->chromaMean * (samples / 4)) {
      return explain(MEAN_CHROMA_ERROR, row->chromaMean, REPORT->chromaMean);
    }
  }
  if (comparison->similarity < row->similarityMean * windows) {
    return explain(MEAN_SIMILARITY, (uint32_t)row->similarityMean, (uint32_t)REPORT->similarityMean);
  }
  for (uint32_t i = 0; i < 3; i += 1) {
    struct plane plane = {0, i == 0 ? row->width : row->width / 2, i == 0 ? row->height : row->height / 2, 0};
    uint32_t most = i == 0 ? row->lumaCellMean : row->chromaCellMean;
    uint32_t *largest = i == 0 ? &REPORT->lumaCellMean : &REPORT->chromaCellMean;
    if (isCellAbove(comparison->cells[i], &plane, REPORT->compared, most, largest)) {
      return explain(i == 0 ? MEAN_LUMA_CELL : MEAN_CHROMA_CELL, most, *largest);
    }
  }
  return NOTHING;
}

#endif
