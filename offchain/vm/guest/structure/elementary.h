// Elementary packets of the video (ISO/IEC 13818-1, clause 2.4.3.6): LIP-7, "Elementary packets".
#ifndef STRUCTURE_ELEMENTARY_H
#define STRUCTURE_ELEMENTARY_H

#include "program-tables.h"
#include "units.h"

struct elementary {
  struct units units;
  // The packet that is being read; number 0 before the first.
  struct bearer bearer;
  // {bytes} Of its payload: what it says, and what there was. It may say nothing.
  bool saysLength;
  uint32_t length, taken;
};

// 33 bits in five bytes with marker bits between.
static uint64_t readTime(const uint8_t *at) {
  uint32_t low = readHalf(at + 1) >> 1 << 15 | readHalf(at + 3) >> 1;
  return (uint64_t)(at[0] >> 1 & 7u) << 30 | low;
}

static enum finding endElementary(const struct elementary *elementary) {
  bool isCut = elementary->saysLength && elementary->taken != elementary->length;
  return isCut ? explain(ELEMENTARY_LENGTH, elementary->length, elementary->taken) : NOTHING;
}

// Reads the header at `*at` and moves behind it.
static enum finding beginElementary(struct elementary *elementary, const uint8_t **at, const uint8_t *end) {
  const uint8_t *header = *at;
  if (end - header < 9) return ELEMENTARY_HEADER;
  bool hasCode = header[0] == 0 && header[1] == 0 && header[2] == 1 && (header[3] & 0xf0) == 0xe0;
  // The bits 10, and no scrambling.
  if (!hasCode || (header[6] & 0xf0) != 0x80) return ELEMENTARY_HEADER;
  uint32_t says = readHalf(header + 4), rest = header[8];
  if ((uint32_t)(end - header) < 9 + rest) return ELEMENTARY_HEADER;
  if (says != 0 && says < 3 + rest) return ELEMENTARY_HEADER;
  elementary->saysLength = says != 0;
  elementary->length = says != 0 ? says - 3 - rest : 0;
  elementary->taken = 0;
  elementary->bearer.number += 1;
  elementary->bearer.hasTime = (header[7] & 0x80) != 0 && rest >= 5;
  if (elementary->bearer.hasTime) elementary->bearer.time = readTime(header + 9);
  *at = header + 9 + rest;
  return NOTHING;
}

// A payload of the video, with or without the beginning of an elementary packet.
static enum finding takeVideo(struct elementary *elementary, const uint8_t *at, const uint8_t *end, bool begins) {
  if (begins) {
    enum finding finding = endElementary(elementary);
    if (finding == NOTHING) finding = beginElementary(elementary, &at, end);
    if (finding != NOTHING) return finding;
  } else if (elementary->bearer.number == 0) return ELEMENTARY_START;
  elementary->taken += (uint32_t)(end - at);
  return takeRun(&elementary->units, at, end, &elementary->bearer);
}

#endif
