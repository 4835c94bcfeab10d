// Judges a rendition by its structure, without decoding a picture: LIP-7.

#include "structure/comparison.h"

static struct segment source, output;

static enum verdict conclude(enum verdict verdict, enum finding finding, enum where where) {
  struct report *report = REPORT;
  const struct pictures *pictures = &(where == IN_SOURCE ? &source : &output)->elementary.units.pictures;
  report->finding = finding;
  report->where = where;
  if (finding >= UNIT_START && finding < OTHER_SEGMENT) report->picture = pictures->count;
  report->sourcePictures = source.elementary.units.pictures.count;
  report->outputPictures = output.elementary.units.pictures.count;
  return verdict;
}

static void setUp(struct segment *segment, const uint8_t *bytes, uint32_t length, uint32_t timesAt) {
  segment->bytes = bytes;
  segment->length = length;
  segment->elementary.units.pictures.times = (int32_t *)(HEAP + REPORT_BYTES + 4 * timesAt);
}

enum verdict judge(uint32_t sourceLength, uint32_t outputLength, uint32_t outputIndex) {
  setVerdict(VERDICT_VOID);
  const struct row *row = findRow(outputIndex);
  if (row == 0) return conclude(VERDICT_VOID, PARAMETERS_INVALID, IN_PARAMETERS);
  setUp(&source, SOURCE, sourceLength, 0);
  enum finding finding = readSegment(&source, AGREED->sourceBytes);
  if (finding != NOTHING) return conclude(VERDICT_VOID, finding, IN_SOURCE);

  setVerdict(VERDICT_FAULT);
  setUp(&output, OUTPUT, outputLength, AGREED->pictures);
  struct pictures *pictures = &output.elementary.units.pictures;
  pictures->row = row;
  pictures->width = row->width;
  pictures->height = row->height;
  pictures->origin = source.elementary.units.pictures.origin;
  finding = readSegment(&output, row->outputBytes);
  if (finding == NOTHING) finding = compare(&source, &output);
  if (finding != NOTHING) return conclude(VERDICT_FAULT, finding, IN_OUTPUT);
  return conclude(VERDICT_PASS, NOTHING, IN_PARAMETERS);
}
