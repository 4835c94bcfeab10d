// Makes the source's planes as small as the output's: LIP-8, "Scaling".
#ifndef PIXELS_SCALING_H
#define PIXELS_SCALING_H

#include "frames.h"

// In lowest terms. A sample of the source is `to` units wide, and one of the output `from`, which is no less.
struct ratio {
  uint32_t from, to;
};

static struct ratio reduced(uint32_t from, uint32_t to) {
  uint32_t divisor = from, rest = to;
  while (rest != 0) {
    uint32_t next = divisor % rest;
    divisor = rest;
    rest = next;
  }
  return (struct ratio){from / divisor, to / divisor};
}

struct scaler {
  struct ratio horizontal, vertical;
  // Of each column of the source: its samples within a row of the output, times their heights. As many as the luma has.
  uint32_t *columns;
};

static void setColumns(uint32_t *columns, const uint8_t *row, uint32_t height, uint32_t width) {
  for (uint32_t x = 0; x < width; x += 1) columns[x] = height * row[x];
}

// Two rows at once, for speed.
static void setColumnsOfTwo(uint32_t *columns, const uint8_t *row, const uint8_t *next, uint32_t height,
                            uint32_t nextHeight, uint32_t width) {
  for (uint32_t x = 0; x < width; x += 1) columns[x] = height * row[x] + nextHeight * next[x];
}

static void addColumns(uint32_t *columns, const uint8_t *row, uint32_t height, uint32_t width) {
  for (uint32_t x = 0; x < width; x += 1) columns[x] += height * row[x];
}

static void addColumnsOfTwo(uint32_t *columns, const uint8_t *row, const uint8_t *next, uint32_t height,
                            uint32_t nextHeight, uint32_t width) {
  for (uint32_t x = 0; x < width; x += 1) columns[x] += height * row[x] + nextHeight * next[x];
}

// The columns of row `y` of the output.
static void sumRows(const struct scaler *scaler, const struct plane *source, uint32_t y) {
  struct ratio ratio = scaler->vertical;
  uint32_t begin = y * ratio.from, left = ratio.from, width = source->width;
  const uint8_t *row = source->samples + begin / ratio.to * source->stride;
  // What is left of the first row.
  uint32_t height = ratio.to - begin % ratio.to;
  bool isFirst = true;
  while (left > 0) {
    left -= height;
    uint32_t nextHeight = left < ratio.to ? left : ratio.to;
    if (nextHeight == 0) {
      if (isFirst) setColumns(scaler->columns, row, height, width);
      else addColumns(scaler->columns, row, height, width);
      return;
    }
    const uint8_t *next = row + source->stride;
    if (isFirst) setColumnsOfTwo(scaler->columns, row, next, height, nextHeight, width);
    else addColumnsOfTwo(scaler->columns, row, next, height, nextHeight, width);
    isFirst = false;
    left -= nextHeight;
    row = next + source->stride;
    height = left < ratio.to ? left : ratio.to;
  }
}

// Each sample of the row: the mean of its area, rounded to the nearest, halves up. No sum exceeds 32 bits, because the area is at most
// 2^24: half of each side of the source.
static void sumColumns(const struct scaler *scaler, uint8_t *row, uint32_t width) {
  struct ratio ratio = scaler->horizontal;
  const uint32_t *column = scaler->columns;
  uint32_t area = ratio.from * scaler->vertical.from, half = area / 2;
  // What is left of the next column.
  uint32_t first = ratio.to;
  for (const uint8_t *end = row + width; row < end; row += 1) {
    uint32_t left = ratio.from - first, whole = 0, sum = half + first * *column;
    for (column += 1; left >= ratio.to; column += 1, left -= ratio.to) whole += *column;
    sum += ratio.to * whole;
    first = ratio.to;
    if (left > 0) {
      sum += left * *column;
      first -= left;
    }
    *row = (uint8_t)(sum / area);
  }
}

// Fills all of `scaled`, whose rows have no bytes between them.
static void scalePlane(const struct scaler *scaler, const struct plane *source, uint8_t *scaled, uint32_t width,
                       uint32_t height) {
  for (uint32_t y = 0; y < height; y += 1, scaled += width) {
    sumRows(scaler, source, y);
    sumColumns(scaler, scaled, width);
  }
}

#endif
