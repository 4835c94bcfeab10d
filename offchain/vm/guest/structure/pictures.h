// Slices, and the pictures that they begin: LIP-7, "Pictures".
#ifndef STRUCTURE_PICTURES_H
#define STRUCTURE_PICTURES_H

#include "parameter-sets.h"
#include "parameters.h"

#define TIME_MODULUS ((uint64_t)1 << 33)
// {ticks} Times are within ± of this from the source's first, so that their differences fit into 32 bits.
#define TIME_RANGE_TICKS ((int64_t)1 << 30)
// The most frames that a decoder holds (MaxDpbFrames).
#define MOST_REORDERED 16u

enum unitType { SLICE = 1, IDR_SLICE = 5, SEQUENCE_SET = 7, PICTURE_SET = 8 };

// An elementary packet, as the bearer of a time.
struct bearer {
  // From 1; 0 is none.
  uint32_t number;
  bool hasTime;
  // {ticks} 33 bits.
  uint64_t time;
};

enum field { FRAME = 0, TOP = 1, BOTTOM = 2 };

struct slice {
  bool isIdr, isReference;
  uint32_t firstMacroblock, frameNumber;
  enum field field;
};

struct pictures {
  // Of the output that is read; NULL while the source is.
  const struct row *row;
  // {ticks} Sorted, from the source's first picture.
  int32_t *times;
  uint32_t count;
  // {pixels} Of the first.
  uint32_t width, height;
  // {ticks} Of the source's first picture in decoding order: 33 bits.
  uint64_t origin;
  // The slice before, and whether there was one.
  struct slice last;
  bool hasLast;
  // Whether the picture before is a field that can still be followed by its second.
  bool isFieldOpen;
  // frame_num of the last picture that is a reference, and whether there was one.
  uint32_t referenceNumber;
  bool hasReference;
  // The elementary packet of the first unit since the slice before; none when there was no such unit.
  struct bearer firstUnit;
  // Number of the elementary packet from which the last picture came.
  uint32_t usedBearer;
};

static enum finding readSlice(struct bits bits, struct slice *slice, const struct sequence **sequence) {
  slice->firstMacroblock = readExp(&bits);
  uint32_t type = readExp(&bits), set = readExp(&bits);
  if (bits.isMalformed || type > 9 || set >= MOST_SETS) return SLICE_HEADER;
  // Only intra-coded ones, I and SI.
  if (slice->isIdr && type % 5 != 2 && type % 5 != 4) return SLICE_HEADER;
  const struct sequence *found = *sequence = findSequence(set);
  if (found == 0) return PARAMETERS_MISSING;

  slice->frameNumber = readBits(&bits, found->frameNumberBits);
  slice->field = FRAME;
  if (!found->isFramesOnly && readFlag(&bits)) slice->field = readFlag(&bits) ? BOTTOM : TOP;
  if (bits.isMalformed) return SLICE_HEADER;
  uint32_t macroblocks = found->macroblocks;
  // In fields, and where macroblocks come in pairs, there are half as many.
  if (slice->field != FRAME || found->isAdaptive) macroblocks /= 2;
  return slice->firstMacroblock < macroblocks ? NOTHING : SLICE_HEADER;
}

static bool continuesPicture(const struct pictures *pictures, const struct slice *slice) {
  const struct slice *last = &pictures->last;
  return pictures->hasLast && pictures->firstUnit.number == 0 && slice->firstMacroblock > last->firstMacroblock &&
         slice->frameNumber == last->frameNumber && slice->field == last->field && slice->isIdr == last->isIdr;
}

// False when a picture that others refer to is missing before this one.
static bool isNumberRight(const struct pictures *pictures, const struct slice *slice, const struct sequence *sequence) {
  if (slice->isIdr) return slice->frameNumber == 0;
  if (!pictures->hasReference || sequence->allowsGaps) return true;
  uint32_t ahead = (slice->frameNumber - pictures->referenceNumber) & ((1u << sequence->frameNumberBits) - 1);
  return ahead <= 1;
}

// As one of the bits of `profiles`; 0 for none of them.
static uint32_t profileOf(const struct sequence *sequence) {
  bool isPlain = sequence->chromaFormat == 1 && sequence->bitDepth == 8;
  // The bit is constraint_set1_flag.
  if (sequence->profile == 66) return (sequence->constraints & 0x40) != 0 ? 1 : 0;
  if (sequence->profile == 77) return 2;
  if (sequence->profile == 100 && isPlain) return 4;
  if (sequence->profile == 244 && isPlain) return 8;
  return 0;
}

static enum finding checkFormat(struct pictures *pictures, const struct sequence *sequence) {
  const struct row *row = pictures->row;
  if (row == 0 && pictures->count == 0) {
    pictures->width = sequence->width;
    pictures->height = sequence->height;
  }
  if (sequence->width != pictures->width || sequence->height != pictures->height) {
    uint32_t expected = pictures->width << 16 | pictures->height;
    return explain(PICTURE_SIZE, expected, sequence->width << 16 | sequence->height);
  }
  if (row == 0) return NOTHING;
  if ((profileOf(sequence) & row->profiles) == 0) {
    return explain(PROFILE, row->profiles, sequence->profile | sequence->chromaFormat << 8);
  }
  return sequence->level > row->level ? explain(LEVEL, row->level, sequence->level) : NOTHING;
}

// Puts a time where it belongs among those before it.
static enum finding insertTime(struct pictures *pictures, int32_t time) {
  int32_t *times = pictures->times;
  uint32_t at = pictures->count;
  for (uint32_t later = 0; at > 0 && times[at - 1] > time; later += 1, at -= 1) {
    if (later == MOST_REORDERED) return TIME_ORDER;
    times[at] = times[at - 1];
  }
  if (at > 0 && times[at - 1] == time) return TIME_ORDER;
  times[at] = time;
  return NOTHING;
}

static enum finding takeTime(struct pictures *pictures, const struct bearer *bearer) {
  if (!bearer->hasTime || bearer->number == pictures->usedBearer) return NO_TIME;
  if (pictures->row == 0 && pictures->count == 0) pictures->origin = bearer->time;
  // The shorter way around the circle.
  int64_t distance = (int64_t)((bearer->time - pictures->origin) & (TIME_MODULUS - 1));
  if (distance >= (int64_t)(TIME_MODULUS / 2)) distance -= (int64_t)TIME_MODULUS;
  if (distance < -TIME_RANGE_TICKS || distance >= TIME_RANGE_TICKS) return TIME_RANGE;
  return insertTime(pictures, (int32_t)distance);
}

static enum finding beginPicture(struct pictures *pictures, const struct slice *slice, const struct sequence *sequence,
                                 const struct bearer *bearer) {
  if (!isNumberRight(pictures, slice, sequence)) return FRAME_NUMBER;
  bool isSecond = pictures->isFieldOpen && slice->field != FRAME && slice->field != pictures->last.field &&
                  slice->frameNumber == pictures->last.frameNumber;
  if (!isSecond) {
    if (pictures->count == AGREED->pictures) return explain(PICTURES, AGREED->pictures, AGREED->pictures + 1);
    if (pictures->count == 0 && !slice->isIdr) return FIRST_PICTURE;
    enum finding finding = checkFormat(pictures, sequence);
    if (finding == NOTHING) finding = takeTime(pictures, bearer);
    if (finding != NOTHING) return finding;
    pictures->count += 1;
  }
  pictures->isFieldOpen = slice->field != FRAME && !isSecond;
  pictures->usedBearer = bearer->number;
  if (slice->isReference) {
    pictures->referenceNumber = slice->frameNumber;
    pictures->hasReference = true;
  }
  return NOTHING;
}

// What follows the header of a unit of type 1 or 5.
static enum finding takeSlice(struct pictures *pictures, uint8_t header, struct bits bits, struct bearer bearer) {
  struct slice slice = {.isIdr = (header & 31) == IDR_SLICE, .isReference = (header & 0x60) != 0};
  const struct sequence *sequence;
  enum finding finding = readSlice(bits, &slice, &sequence);
  if (finding != NOTHING) return finding;
  if (slice.firstMacroblock != 0) {
    if (!continuesPicture(pictures, &slice)) return SLICE_HEADER;
  } else {
    if (pictures->firstUnit.number != 0) bearer = pictures->firstUnit;
    finding = beginPicture(pictures, &slice, sequence, &bearer);
    if (finding != NOTHING) return finding;
  }
  pictures->firstUnit.number = 0;
  pictures->last = slice;
  pictures->hasLast = true;
  return NOTHING;
}

// Units of these types do not come within a picture: the next slice begins one.
static inline bool isBeforePicture(uint32_t type) { return (type >= 6 && type <= 9) || (type >= 14 && type <= 18); }

static inline void takeFirstUnit(struct pictures *pictures, const struct bearer *bearer) {
  if (pictures->firstUnit.number == 0) pictures->firstUnit = *bearer;
}

#endif
