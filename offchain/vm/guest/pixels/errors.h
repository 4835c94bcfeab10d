// Differences between two planes of one size: LIP-8, "Errors" and "Cells".
#ifndef PIXELS_ERRORS_H
#define PIXELS_ERRORS_H

#include "frames.h"

#define CELL_COLUMNS 16u
#define CELL_ROWS 9u

// Where a cell begins, of `count` in a side.
static inline uint32_t cellStart(uint32_t cell, uint32_t count, uint32_t side) { return cell * side / count; }

// {squared steps} Of a run that is short enough for 32 bits: at most 66,051 samples.
static uint32_t squaresOf(const uint8_t *a, const uint8_t *b, uint32_t length) {
  uint32_t squares = 0;
  for (const uint8_t *end = a + length; a < end; a += 1, b += 1) {
    int32_t difference = *a - *b;
    squares += (uint32_t)(difference * difference);
  }
  return squares;
}

// The same, and {steps} by how much a is above b, which is added to a cell's.
static uint32_t squaresInCell(const uint8_t *a, const uint8_t *b, uint32_t length, int64_t *cell) {
  uint32_t squares = 0;
  int32_t sum = 0;
  for (const uint8_t *end = a + length; a < end; a += 1, b += 1) {
    int32_t difference = *a - *b;
    sum += difference;
    squares += (uint32_t)(difference * difference);
  }
  *cell += sum;
  return squares;
}

// {squared steps} Between a plane and samples without bytes between their rows.
static uint64_t squaresOfPlane(const struct plane *plane, const uint8_t *other) {
  uint64_t squares = 0;
  for (uint32_t y = 0; y < plane->height; y += 1, other += plane->width) {
    squares += squaresOf(plane->samples + y * plane->stride, other, plane->width);
  }
  return squares;
}

// The same; `cells` are the CELL_ROWS × CELL_COLUMNS sums of the plane.
static uint64_t squaresInCells(const struct plane *plane, const uint8_t *other, int64_t *cells) {
  uint64_t squares = 0;
  uint32_t y = 0;
  for (uint32_t row = 0; row < CELL_ROWS; row += 1, cells += CELL_COLUMNS) {
    for (uint32_t end = cellStart(row + 1, CELL_ROWS, plane->height); y < end; y += 1, other += plane->width) {
      const uint8_t *samples = plane->samples + y * plane->stride;
      for (uint32_t column = 0; column < CELL_COLUMNS; column += 1) {
        uint32_t x = cellStart(column, CELL_COLUMNS, plane->width);
        uint32_t length = cellStart(column + 1, CELL_COLUMNS, plane->width) - x;
        squares += squaresInCell(samples + x, other + x, length, &cells[column]);
      }
    }
  }
  return squares;
}

#endif
