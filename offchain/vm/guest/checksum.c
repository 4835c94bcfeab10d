// The smallest judge that reads everything: an output is right when its Adler-32 is the one that was agreed on. Real only in that it runs
// on the real machine; it is for tests of whatever runs programs.
//
// Source and output: the offset {bytes} of their data, as a word, and the data from there to the end. The offset is believed: an input
// can make this program trap.

#include "machine.h"

struct parameters {
  // CRC-32 of the source's data. Another source is nobody's fault.
  uint32_t sourceCrc;
  // {1} How many outputs there are.
  uint32_t outputs;
  // Adler-32 of the data of each.
  uint32_t outputAdlers[];
};

// Of the reversed polynomial 0xedb88320, by the low four bits of what is shifted out.
static const uint32_t CRC_OF_NIBBLE[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

#define ADLER_MODULUS 65521u

// Not on the stack, so that the program has data that crt0.S copies.
static struct {
  uint32_t crc, low, high;
} sums = {.crc = 0xffffffffu, .low = 1, .high = 0};

static void addToCrc(uint8_t byte) {
  sums.crc ^= byte;
  for (int i = 0; i < 2; i += 1) sums.crc = (sums.crc >> 4) ^ CRC_OF_NIBBLE[sums.crc & 15];
}

static void addToAdler(uint8_t byte) {
  sums.low = (sums.low + byte) % ADLER_MODULUS;
  sums.high = (sums.high + sums.low) % ADLER_MODULUS;
}

static void eachByte(const uint8_t *segment, uint32_t length, void (*add)(uint8_t)) {
  for (uint32_t at = *(const uint32_t *)segment; at != length; at += 1) add(segment[at]);
}

enum verdict judge(uint32_t sourceLength, uint32_t outputLength, uint32_t outputIndex) {
  const struct parameters *agreed = (const struct parameters *)PARAMETERS;
  setVerdict(VERDICT_VOID);
  if (outputIndex >= agreed->outputs) return VERDICT_VOID;
  eachByte(SOURCE, sourceLength, addToCrc);
  if (~sums.crc != agreed->sourceCrc) return VERDICT_VOID;

  setVerdict(VERDICT_FAULT);
  eachByte(OUTPUT, outputLength, addToAdler);
  return (sums.high << 16 | sums.low) == agreed->outputAdlers[outputIndex] ? VERDICT_PASS : VERDICT_FAULT;
}
