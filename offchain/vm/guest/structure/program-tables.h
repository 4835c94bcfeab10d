// The association and the map of MPEG-TS (ISO/IEC 13818-1, clause 2.4.4): LIP-7, "Transport".
#ifndef STRUCTURE_PROGRAM_TABLES_H
#define STRUCTURE_PROGRAM_TABLES_H

#include <stdbool.h>

#include "report.h"

#define STREAM_H264 0x1bu
#define STREAM_AAC 0x0fu
// What no PID is.
#define NO_PID 0xffffu

enum tableId { ASSOCIATION = 0, MAP = 2 };

struct section {
  // NULL: none yet.
  const uint8_t *bytes;
  uint32_t length;
};

struct programTables {
  struct section association, map;
  uint32_t mapPid, videoPid;
  bool hasAudio;
};

static uint32_t readHalf(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

// Whether the four bytes at the end are the CRC-32 of those before (of the polynomial 0x04c11db7, from all ones, not reflected).
static bool isCrcRight(const uint8_t *bytes, uint32_t length) {
  uint32_t crc = 0xffffffffu;
  for (; length > 0; length -= 1, bytes += 1) {
    crc ^= (uint32_t)*bytes << 24;
    for (uint32_t bit = 0; bit < 8; bit += 1) crc = crc << 1 ^ ((crc & 0x80000000u) != 0 ? 0x04c11db7u : 0);
  }
  return crc == 0;
}

static bool isSame(const struct section *a, const struct section *b) {
  if (a->length != b->length) return false;
  for (uint32_t i = 0; i < a->length; i += 1) {
    if (a->bytes[i] != b->bytes[i]) return false;
  }
  return true;
}

// The section that is in a payload; without bytes when it is malformed.
static struct section findSection(const uint8_t *payload, const uint8_t *end, enum tableId id) {
  const struct section none = {0, 0};
  uint32_t room = (uint32_t)(end - payload) - 1, pointer = payload[0];
  // The fixed part, and the CRC.
  uint32_t least = id == ASSOCIATION ? 12 : 16;
  if (room < pointer + least) return none;
  struct section section = {payload + 1 + pointer, 0};
  section.length = 3 + (readHalf(section.bytes + 1) & 0xfff);
  if (section.length < least || section.length > room - pointer) return none;
  bool hasSyntax = (section.bytes[1] & 0x80) != 0, isCurrent = (section.bytes[5] & 1) != 0;
  return section.bytes[0] == id && hasSyntax && isCurrent ? section : none;
}

static enum finding readAssociation(struct programTables *tables) {
  const uint8_t *at = tables->association.bytes + 8;
  const uint8_t *end = tables->association.bytes + tables->association.length - 4;
  for (; end - at >= 4; at += 4) {
    // Program 0 is the table of the network.
    if (readHalf(at) == 0) continue;
    tables->mapPid = readHalf(at + 2) & 0x1fff;
    return NOTHING;
  }
  return PROGRAM_TABLES;
}

static enum finding readMap(struct programTables *tables) {
  const uint8_t *at = tables->map.bytes + 12;
  const uint8_t *end = tables->map.bytes + tables->map.length - 4;
  uint32_t skipped = readHalf(tables->map.bytes + 10) & 0xfff;
  if (skipped > (uint32_t)(end - at)) return PROGRAM_TABLES;
  at += skipped;
  uint32_t videos = 0;
  while (at != end) {
    if (end - at < 5) return PROGRAM_TABLES;
    if (at[0] == STREAM_AAC) tables->hasAudio = true;
    if (at[0] == STREAM_H264) {
      videos += 1;
      tables->videoPid = readHalf(at + 1) & 0x1fff;
    }
    uint32_t length = 5 + (readHalf(at + 3) & 0xfff);
    if (length > (uint32_t)(end - at)) return PROGRAM_TABLES;
    at += length;
  }
  return videos == 1 ? NOTHING : explain(VIDEO_STREAM, 1, videos);
}

// A payload, of at least one byte, of the PID of a table.
static enum finding takeTable(struct programTables *tables, const uint8_t *payload, const uint8_t *end, bool begins,
                              enum tableId id) {
  if (!begins) return PROGRAM_TABLES;
  struct section section = findSection(payload, end, id);
  if (section.bytes == 0) return PROGRAM_TABLES;
  struct section *first = id == ASSOCIATION ? &tables->association : &tables->map;
  if (first->bytes != 0) return isSame(first, &section) ? NOTHING : PROGRAM_TABLES;
  if (!isCrcRight(section.bytes, section.length)) return PROGRAM_TABLES;
  *first = section;
  return id == ASSOCIATION ? readAssociation(tables) : readMap(tables);
}

#endif
