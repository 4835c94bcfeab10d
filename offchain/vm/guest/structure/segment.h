// A segment, packet by packet (ISO/IEC 13818-1, clause 2.4.3.2): LIP-7, "Transport".
#ifndef STRUCTURE_SEGMENT_H
#define STRUCTURE_SEGMENT_H

#include "elementary.h"

#define PACKET_BYTES 188u

struct segment {
  const uint8_t *bytes;
  uint32_t length;
  struct programTables tables;
  struct elementary elementary;
  // continuity_counter of the video's last packet, and whether there was one.
  uint32_t continuity;
  bool hasContinuity;
};

static enum finding takePacket(struct segment *segment, const uint8_t *packet) {
  // Regions begin at, and packets are, multiples of four bytes.
  uint32_t header = *(const uint32_t *)packet;
  if ((header & 0xff) != 0x47) return SYNC;
  if ((header & 0x8000) != 0) return DAMAGED;
  const uint8_t *end = packet + PACKET_BYTES;
  const uint8_t *payload = packet + 4;
  if ((header & 0x20000000) != 0) {
    if (payload[0] > 183) return ADAPTATION;
    payload += 1 + payload[0];
  }
  if ((header & 0x10000000) == 0 || payload == end) return NOTHING;

  struct programTables *tables = &segment->tables;
  uint32_t pid = (header & 0x1f00) | (header >> 16 & 0xff);
  bool begins = (header & 0x4000) != 0;
  if (pid == 0) return takeTable(tables, payload, end, begins, ASSOCIATION);
  if (pid == tables->mapPid) return takeTable(tables, payload, end, begins, MAP);
  if (pid != tables->videoPid) return NOTHING;

  if ((header & 0xc0000000) != 0) return SCRAMBLED;
  uint32_t continuity = header >> 24 & 15;
  if (segment->hasContinuity && continuity != ((segment->continuity + 1) & 15)) {
    return explain(CONTINUITY, (segment->continuity + 1) & 15, continuity);
  }
  segment->continuity = continuity;
  segment->hasContinuity = true;
  return takeVideo(&segment->elementary, payload, end, begins);
}

static enum finding endSegment(struct segment *segment) {
  REPORT->position = segment->length;
  if (segment->tables.map.bytes == 0) return PROGRAM_TABLES;
  enum finding finding = endElementary(&segment->elementary);
  if (finding == NOTHING) finding = endUnit(&segment->elementary.units);
  if (finding == NOTHING && segment->elementary.units.pictures.count == 0) finding = NO_PICTURE;
  return finding;
}

// Reads all of it. `mostBytes` is the limit that was agreed on.
static enum finding readSegment(struct segment *segment, uint32_t mostBytes) {
  segment->tables.mapPid = segment->tables.videoPid = NO_PID;
  forgetParameterSets();
  if (segment->length > mostBytes) return explain(SEGMENT_BYTES_EXCEEDED, mostBytes, segment->length);
  if (segment->length == 0 || segment->length % PACKET_BYTES != 0) return LENGTH;
  for (uint32_t at = 0; at != segment->length; at += PACKET_BYTES) {
    REPORT->position = at;
    enum finding finding = takePacket(segment, segment->bytes + at);
    if (finding != NOTHING) return finding;
  }
  return endSegment(segment);
}

#endif
