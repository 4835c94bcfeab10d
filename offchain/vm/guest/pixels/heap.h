// The heap behind the report, given out once.
#ifndef PIXELS_HEAP_H
#define PIXELS_HEAP_H

#include "report.h"

static uint8_t *heapEnd;

// Zeros. Never runs out: the limits of parameters.h see to that.
static void *reserve(uint32_t bytes) {
  if (heapEnd == 0) heapEnd = HEAP + REPORT_BYTES;
  void *reserved = heapEnd;
  heapEnd += (bytes + 3) & ~3u;
  return reserved;
}

#endif
