// The pictures of the output against those of the source: LIP-7, "Comparison".
#ifndef STRUCTURE_COMPARISON_H
#define STRUCTURE_COMPARISON_H

#include "segment.h"

static enum finding compareTimes(const struct pictures *source, const struct pictures *output) {
  const struct row *row = output->row;
  uint32_t step = row->pictureStep;
  int32_t tolerance = (int32_t)row->timeTolerance;
  uint32_t kept = (source->count - 1) / step + 1, got = output->count;
  const int32_t *wanted = source->times, *times = output->times;
  if (times[got - 1] < wanted[0] - tolerance || times[0] > wanted[(kept - 1) * step] + tolerance) {
    return explain(OTHER_SEGMENT, (uint32_t)wanted[0], (uint32_t)times[0]);
  }

  uint32_t both = kept < got ? kept : got, at = 0;
  for (; at < both; at += 1) {
    int32_t late = times[at] - wanted[at * step];
    if (late > tolerance || -late > tolerance) break;
  }
  REPORT->picture = at;
  if (got < kept) return explain(PICTURE_MISSING, kept, got);
  if (got > kept) return explain(PICTURE_ADDED, kept, got);
  return at < both ? explain(TIME_DIFFERS, (uint32_t)wanted[at * step], (uint32_t)times[at]) : NOTHING;
}

static enum finding compare(const struct segment *source, const struct segment *output) {
  enum finding finding = compareTimes(&source->elementary.units.pictures, &output->elementary.units.pictures);
  if (finding != NOTHING) return finding;
  if (source->tables.hasAudio == output->tables.hasAudio) return NOTHING;
  REPORT->picture = 0;
  return explain(AUDIO, source->tables.hasAudio, output->tables.hasAudio);
}

#endif
