// Where pictures come from: LIP-8, "Pictures". What includes this defines `struct frames` and the two functions, for one kind of segment;
// raw.h does so for frames that nobody has to decode.
#ifndef PIXELS_FRAMES_H
#define PIXELS_FRAMES_H

#include "parameters.h"
#include "report.h"

// One component of a picture. Rows begin `stride` bytes apart.
struct plane {
  const uint8_t *samples;
  uint32_t width, height, stride;
};

// Luma, and two planes of chroma with half of its width and height.
struct picture {
  struct plane planes[3];
};

// What every kind of frames tells: the member `sequence` of a `struct frames`.
struct sequence {
  // Of all its pictures: even, and within the limits of parameters.h. Set by openFrames().
  uint32_t width, height;
  // {1} Pictures so far.
  uint32_t count;
  // {bytes} Where in the segment the last one was.
  uint32_t position;
  // Set by nextFrame() when there is no other picture, which is not before all of the segment has been found right.
  bool isOver;
};

struct frames;

// Begins to read a segment. The rest of `frames` is zero.
static enum finding openFrames(struct frames *frames, const uint8_t *bytes, uint32_t length);

// The next picture in the order in which they are shown. What it points to stays there until the next call for the same frames.
static enum finding nextFrame(struct frames *frames, struct picture *picture);

#endif
