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
  // Most codes are short, and a program that is fed with nothing else should not take long for each of their bits.
  uint32_t at = bits->at;
  while (at < bits->length && (bits->bytes[at >> 3] >> (7 - (at & 7)) & 1) == 0) at += 1;
  uint32_t zeros = at - bits->at;
  if (at == bits->length || zeros > 31) {
    bits->isMalformed = true;
    bits->at = bits->length;
    return 0;
  }
  bits->at = at + 1;
  return zeros == 0 ? 0 : (1u << zeros) - 1 + readBits(bits, zeros);
}

// se(v), modulo 2^32.
static inline uint32_t readSignedExp(struct bits *bits) {
  uint32_t code = readExp(bits);
  return (code & 1) != 0 ? (code + 1) / 2 : 0u - code / 2;
}

#endif
