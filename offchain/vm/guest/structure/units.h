// NAL units in the stream that the elementary packets carry (H.264, annex B): LIP-7, "Units". The stream is never put together: it comes
// in runs of bytes, one for each packet.
#ifndef STRUCTURE_UNITS_H
#define STRUCTURE_UNITS_H

#include "pictures.h"

#define LONGEST_SLICE 21u
#define LONGEST_SEQUENCE_SET 513u
#define LONGEST_PICTURE_SET 65u

struct units {
  struct pictures pictures;
  uint32_t count;
  // {1} Zeros that directly precede the next byte, at most 2.
  uint32_t zeros;
  // Whether the next byte is one of those that are kept; after those the unit's end does not matter.
  bool isKept;
  // The unit's first bytes without emulation prevention: how many there are, and how many are wanted.
  uint32_t length, wanted;
  uint8_t bytes[LONGEST_SEQUENCE_SET];
  struct bearer bearer;
};

static enum finding beginUnit(struct units *units, const struct bearer *bearer) {
  if (units->count == AGREED->units) return explain(UNITS, AGREED->units, AGREED->units + 1);
  units->count += 1;
  units->zeros = 0;
  units->isKept = true;
  units->length = 0;
  units->wanted = 1;
  units->bearer = *bearer;
  return NOTHING;
}

static enum finding endUnit(struct units *units) {
  if (!units->isKept) return NOTHING;
  units->isKept = false;
  if (units->length == 0) return UNIT_HEADER;
  uint8_t header = units->bytes[0];
  struct bits bits = {.bytes = units->bytes + 1, .length = 8 * (units->length - 1)};
  switch (header & 31) {
    case SEQUENCE_SET:
      return takeSequenceParameters(bits);
    case PICTURE_SET:
      return takePictureParameters(bits);
    default:
      return takeSlice(&units->pictures, header, bits, units->bearer);
  }
}

static enum finding takeHeader(struct units *units, uint8_t header) {
  uint32_t type = header & 31;
  if (header == 0 || (header & 0x80) != 0 || (type >= 2 && type <= 4)) return UNIT_HEADER;
  if (isBeforePicture(type)) takeFirstUnit(&units->pictures, &units->bearer);
  if (type == SLICE || type == IDR_SLICE) units->wanted = LONGEST_SLICE;
  else if (type == SEQUENCE_SET) units->wanted = LONGEST_SEQUENCE_SET;
  else if (type == PICTURE_SET) units->wanted = LONGEST_PICTURE_SET;
  else units->isKept = false;
  return NOTHING;
}

// Any byte, at its own pace.
static enum finding takeByte(struct units *units, uint8_t byte, const struct bearer *bearer) {
  if (units->zeros == 2 && byte <= 1) {
    // The zeros were none of its bytes. Its header is never one of them.
    if (units->isKept) units->length -= 2;
    enum finding finding = endUnit(units);
    return finding != NOTHING || byte == 0 ? finding : beginUnit(units, bearer);
  }
  bool isPrevention = units->zeros == 2 && byte == 3;
  units->zeros = byte == 0 ? units->zeros + 1 : 0;
  if (!units->isKept) return units->count == 0 && byte != 0 ? UNIT_START : NOTHING;
  if (isPrevention) return NOTHING;
  units->bytes[units->length] = byte;
  units->length += 1;
  if (units->length == 1) return takeHeader(units, byte);
  return units->length == units->wanted ? endUnit(units) : NOTHING;
}

// The 01 of the first 00 00 01 of which it is in [at, end); `end` or behind it when there is none. The two bytes before `at` can be read.
// Looks at each third byte as long as that is more than 1: then neither it nor the two behind it end a 00 00 01.
static const uint8_t *findStart(const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    const uint8_t *stop = end;
    if (end - at > 21) {
      if (at[0] > 1 && at[3] > 1 && at[6] > 1 && at[9] > 1 && at[12] > 1 && at[15] > 1 && at[18] > 1 && at[21] > 1) {
        at += 24;
        continue;
      }
      stop = at + 22;
    }
    while (at < stop) {
      if (*at > 1) at += 3;
      else if (*at == 0) at += 1;
      else if (at[-1] == 0 && at[-2] == 0) return at;
      else at += 3;
    }
  }
  return at;
}

// Takes the next bytes of the stream, which belong to the elementary packet `bearer`.
static enum finding takeRun(struct units *units, const uint8_t *at, const uint8_t *end, const struct bearer *bearer) {
  while (at < end) {
    enum finding finding;
    if (units->isKept || units->count == 0 || units->zeros > 0 || end - at < 2) {
      finding = takeByte(units, *at, bearer);
      at += 1;
    } else {
      // No zero precedes, so neither this byte nor the next ends a 00 00 01.
      const uint8_t *start = findStart(at + 2, end);
      if (start >= end) {
        units->zeros = end[-1] != 0 ? 0 : end[-2] != 0 ? 1 : 2;
        return NOTHING;
      }
      finding = beginUnit(units, bearer);
      at = start + 1;
    }
    if (finding != NOTHING) return finding;
  }
  return NOTHING;
}

#endif
