// Reads syntax elements of H.264 (clauses 7.2 and 9.1) from bytes without the emulation prevention.
#ifndef STRUCTURE_BITS_H
#define STRUCTURE_BITS_H

#include <stdbool.h>
#include <stdint.h>

struct bits {
  const uint8_t *bytes;
  // {bits}
  uint32_t length, at;
  // Something was read that is not there. Whatever was read since is 0.
  bool isMalformed;
};

// u(count): up to 32 bits, the most significant first.
static uint32_t readBits(struct bits *bits, uint32_t count) {
  if (count > bits->length - bits->at) {
    bits->isMalformed = true;
    bits->at = bits->length;
    return 0;
  }
  uint32_t value = 0;
  for (; count > 0; count -= 1, bits->at += 1) {
    value = value << 1 | (bits->bytes[bits->at >> 3] >> (7 - (bits->at & 7)) & 1u);
  }
  return value;
}

static inline bool readFlag(struct bits *bits) { return readBits(bits, 1) != 0; }

// ue(v): at most 2^32 − 2.
static uint32_t readExp(struct bits *bits) {
  uint32_t zeros = 0;
  while (!readFlag(bits)) {
    zeros += 1;
    if (bits->isMalformed || zeros > 31) {
      bits->isMalformed = true;
      return 0;
    }
  }
  return (1u << zeros) - 1 + readBits(bits, zeros);
}

// se(v), modulo 2^32.
static inline uint32_t readSignedExp(struct bits *bits) {
  uint32_t code = readExp(bits);
  return (code & 1) != 0 ? (code + 1) / 2 : 0u - code / 2;
}

#endif
