// Sequence and picture parameter sets (H.264, clauses 7.3.2.1 and 7.3.2.2), as far as LIP-7 needs them.
#ifndef STRUCTURE_PARAMETER_SETS_H
#define STRUCTURE_PARAMETER_SETS_H

#include "bits.h"
#include "report.h"

#define MOST_SEQUENCES 32u
#define MOST_SETS 256u
#define MOST_SIDE_MACROBLOCKS 1024u
#define MOST_CROP 16384u

struct sequence {
  bool isKnown, isFramesOnly, isAdaptive, allowsGaps;
  uint32_t profile, constraints, level, chromaFormat, bitDepth, frameNumberBits;
  // {1} Macroblocks of a frame.
  uint32_t macroblocks;
  // {pixels} After cropping.
  uint32_t width, height;
};

static struct {
  struct sequence sequences[MOST_SEQUENCES];
  // Of each picture parameter set the number of its sequence, and 1 more: 0 is unknown.
  uint8_t sequenceOf[MOST_SETS];
} sets;

static void forgetParameterSets(void) {
  for (uint32_t i = 0; i < MOST_SEQUENCES; i += 1) sets.sequences[i].isKnown = false;
  for (uint32_t i = 0; i < MOST_SETS; i += 1) sets.sequenceOf[i] = 0;
}

// The sequence parameters that a picture parameter set stands for; NULL when one of both is not known.
static const struct sequence *findSequence(uint32_t set) {
  uint32_t number = sets.sequenceOf[set];
  return number != 0 && sets.sequences[number - 1].isKnown ? &sets.sequences[number - 1] : 0;
}

// Whether a parameter set of this profile_idc says the chroma format.
static bool saysChromaFormat(uint32_t profile) {
  static const uint8_t PROFILES[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  for (uint32_t i = 0; i < sizeof PROFILES; i += 1) {
    if (PROFILES[i] == profile) return true;
  }
  return false;
}

static void skipScalingLists(struct bits *bits, uint32_t lists) {
  for (uint32_t list = 0; list < lists; list += 1) {
    if (!readFlag(bits)) continue;
    uint32_t last = 8, next = 8;
    for (uint32_t left = list < 6 ? 16 : 64; left > 0 && next != 0; left -= 1) {
      next = (last + readSignedExp(bits)) & 255;
      last = next;
    }
  }
}

// False when it is not within the limits. Malformed bits are seen by the caller.
static bool readChromaFormat(struct bits *bits, struct sequence *sequence) {
  sequence->chromaFormat = readExp(bits);
  if (sequence->chromaFormat > 3) return false;
  // Three planes that are coded like three pictures.
  if (sequence->chromaFormat == 3 && readFlag(bits)) return false;
  uint32_t luma = readExp(bits), chroma = readExp(bits);
  if (luma > 6 || chroma > 6) return false;
  sequence->bitDepth = 8 + (luma > chroma ? luma : chroma);
  readFlag(bits);
  if (readFlag(bits)) skipScalingLists(bits, sequence->chromaFormat == 3 ? 12 : 8);
  return true;
}

static bool readPictureOrder(struct bits *bits) {
  uint32_t type = readExp(bits);
  if (type > 2) return false;
  if (type == 0) readExp(bits);
  if (type != 1) return true;
  readFlag(bits);
  readExp(bits);
  readExp(bits);
  uint32_t cycle = readExp(bits);
  if (cycle > 255) return false;
  for (; cycle > 0; cycle -= 1) readExp(bits);
  return true;
}

static bool readSize(struct bits *bits, struct sequence *sequence) {
  uint32_t columns = readExp(bits), units = readExp(bits);
  sequence->isFramesOnly = readFlag(bits);
  sequence->isAdaptive = !sequence->isFramesOnly && readFlag(bits);
  readFlag(bits);
  uint32_t rowsOfUnit = sequence->isFramesOnly ? 1 : 2;
  if (columns >= MOST_SIDE_MACROBLOCKS || units >= MOST_SIDE_MACROBLOCKS / rowsOfUnit) return false;
  uint32_t rows = (units + 1) * rowsOfUnit;
  sequence->macroblocks = (columns + 1) * rows;
  sequence->width = 16 * (columns + 1);
  sequence->height = 16 * rows;
  if (!readFlag(bits)) return true;

  uint32_t left = readExp(bits), right = readExp(bits), top = readExp(bits), bottom = readExp(bits);
  if (left > MOST_CROP || right > MOST_CROP || top > MOST_CROP || bottom > MOST_CROP) return false;
  bool isHalfWide = sequence->chromaFormat == 1 || sequence->chromaFormat == 2;
  uint32_t cropX = (isHalfWide ? 2 : 1) * (left + right);
  uint32_t cropY = (sequence->chromaFormat == 1 ? 2 : 1) * rowsOfUnit * (top + bottom);
  if (cropX >= sequence->width || cropY >= sequence->height) return false;
  sequence->width -= cropX;
  sequence->height -= cropY;
  return true;
}

// What follows the header of a unit of type 7.
static enum finding takeSequenceParameters(struct bits bits) {
  struct sequence sequence = {.isKnown = true, .chromaFormat = 1, .bitDepth = 8};
  sequence.profile = readBits(&bits, 8);
  sequence.constraints = readBits(&bits, 8);
  sequence.level = readBits(&bits, 8);
  uint32_t id = readExp(&bits);
  if (id >= MOST_SEQUENCES) return SEQUENCE_PARAMETERS;
  if (saysChromaFormat(sequence.profile) && !readChromaFormat(&bits, &sequence)) return SEQUENCE_PARAMETERS;
  sequence.frameNumberBits = readExp(&bits);
  if (sequence.frameNumberBits > 12) return SEQUENCE_PARAMETERS;
  sequence.frameNumberBits += 4;
  if (!readPictureOrder(&bits)) return SEQUENCE_PARAMETERS;
  // How many reference frames.
  readExp(&bits);
  sequence.allowsGaps = readFlag(&bits);
  if (!readSize(&bits, &sequence) || bits.isMalformed) return SEQUENCE_PARAMETERS;
  sets.sequences[id] = sequence;
  return NOTHING;
}

// What follows the header of a unit of type 8.
static enum finding takePictureParameters(struct bits bits) {
  uint32_t id = readExp(&bits), sequence = readExp(&bits);
  // Entropy coding, order in fields.
  readBits(&bits, 2);
  uint32_t otherGroups = readExp(&bits);
  if (id >= MOST_SETS || sequence >= MOST_SEQUENCES || otherGroups != 0) return PICTURE_PARAMETERS;
  // Active references, weighted prediction.
  readExp(&bits);
  readExp(&bits);
  readBits(&bits, 3);
  // Quantisers.
  for (uint32_t i = 0; i < 3; i += 1) readExp(&bits);
  // Deblocking, constrained prediction.
  readBits(&bits, 2);
  bool hasRedundant = readFlag(&bits);
  if (hasRedundant || bits.isMalformed) return PICTURE_PARAMETERS;
  sets.sequenceOf[id] = (uint8_t)(sequence + 1);
  return NOTHING;
}

#endif
