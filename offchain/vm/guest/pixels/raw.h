// Frames as they are: LIP-8, "Raw frames".
#ifndef PIXELS_RAW_H
#define PIXELS_RAW_H

#include "frames.h"

struct rawHeader {
  uint32_t version, width, height, count;
};

struct frames {
  struct sequence sequence;
  const uint8_t *bytes;
  // {bytes} Of the segment, and where the next frame is in it.
  uint32_t length, at;
};

static enum finding openFrames(struct frames *frames, const uint8_t *bytes, uint32_t length) {
  // Regions begin at multiples of four bytes.
  const struct rawHeader *header = (const struct rawHeader *)bytes;
  if (length < sizeof *header || header->version != 1) return HEADER;
  if (!isSide(header->width) || !isSide(header->height)) return FRAME_SIZE;
  if (header->width * header->height > MOST_SOURCE_SAMPLES) return FRAME_SIZE;
  frames->sequence.width = header->width;
  frames->sequence.height = header->height;
  frames->bytes = bytes;
  frames->length = length;
  frames->at = sizeof *header;
  return NOTHING;
}

static enum finding nextFrame(struct frames *frames, struct picture *picture) {
  struct sequence *sequence = &frames->sequence;
  uint32_t luma = sequence->width * sequence->height, left = frames->length - frames->at;
  sequence->position = frames->at;
  if (sequence->count == ((const struct rawHeader *)frames->bytes)->count) {
    sequence->isOver = true;
    return left == 0 ? NOTHING : explain(BYTES_LEFT, 0, left);
  }
  if (left < luma + luma / 2) return explain(FRAME_CUT, luma + luma / 2, left);

  const uint8_t *samples = frames->bytes + frames->at;
  struct plane plane = {samples, sequence->width, sequence->height, sequence->width};
  picture->planes[0] = plane;
  plane.width = plane.stride = plane.width / 2;
  plane.height /= 2;
  for (uint32_t i = 0; i < 2; i += 1) {
    plane.samples = samples + luma + i * (luma / 4);
    picture->planes[1 + i] = plane;
  }
  sequence->count += 1;
  frames->at += luma + luma / 2;
  return NOTHING;
}

#endif
