// Judges a rendition by its pictures: LIP-8. This is the one for raw frames; with another header than raw.h it is one for what has to be
// decoded.

#include "pixels/comparison.h"
#include "pixels/raw.h"

static struct frames source, output;
static struct comparison comparison;

// The next picture of the source that the output should have.
static enum finding nextKept(const struct row *row, struct picture *picture) {
  uint32_t skipped = source.sequence.count == 0 ? 0 : row->pictureStep - 1;
  struct sequence *sequence = &source.sequence;
  for (; !sequence->isOver; skipped -= 1) {
    enum finding finding = nextFrame(&source, picture);
    if (finding != NOTHING) return finding;
    if (sequence->isOver) return sequence->count == 0 ? NO_PICTURE : NOTHING;
    if (sequence->count > AGREED->pictures) return explain(PICTURES, AGREED->pictures, sequence->count);
    if (skipped == 0) return NOTHING;
  }
  return NOTHING;
}

static enum finding openSource(const struct row *row, uint32_t length) {
  if (length > AGREED->sourceBytes) return explain(SEGMENT_BYTES_EXCEEDED, AGREED->sourceBytes, length);
  enum finding finding = openFrames(&source, SOURCE, length);
  if (finding != NOTHING) return finding;
  const struct sequence *sequence = &source.sequence;
  if (sequence->width >= row->width && sequence->height >= row->height) return NOTHING;
  return explain(PICTURE_SIZE, row->width << 16 | row->height, sequence->width << 16 | sequence->height);
}

static enum finding openOutput(const struct row *row, uint32_t length) {
  if (length > row->outputBytes) return explain(SEGMENT_BYTES_EXCEEDED, row->outputBytes, length);
  enum finding finding = openFrames(&output, OUTPUT, length);
  if (finding != NOTHING) return finding;
  const struct sequence *sequence = &output.sequence;
  if (sequence->width == row->width && sequence->height == row->height) return NOTHING;
  return explain(PICTURE_SIZE, row->width << 16 | row->height, sequence->width << 16 | sequence->height);
}

// The output's next picture against the source's.
static enum finding takePair(const struct row *row, const struct picture *wanted) {
  struct picture got;
  uint32_t number = output.sequence.count;
  enum finding finding = nextFrame(&output, &got);
  if (finding != NOTHING) return finding;
  if (output.sequence.isOver) {
    return source.sequence.isOver ? NOTHING : explain(PICTURE_MISSING, number + 1, number);
  }
  if (source.sequence.isOver) return explain(PICTURE_ADDED, number, number + 1);
  return number % row->sampleStep == 0 ? comparePictures(&comparison, wanted, &got) : NOTHING;
}

// Reads the source to its end, since no output is at fault against a source that cannot be judged.
static enum finding finishSource(const struct row *row) {
  struct picture picture;
  setVerdict(VERDICT_VOID);
  while (!source.sequence.isOver) {
    enum finding finding = nextKept(row, &picture);
    if (finding != NOTHING) return finding;
  }
  return NOTHING;
}

static enum verdict conclude(enum verdict verdict, enum finding finding, enum where where) {
  struct report *report = REPORT;
  const struct sequence *sequence = where == IN_SOURCE ? &source.sequence : &output.sequence;
  report->finding = finding;
  report->where = where;
  report->position = sequence->position;
  if (finding < MEAN_LUMA_ERROR) report->picture = sequence->count;
  // The one that was compared is none of those before it.
  if (finding >= LUMA_ERROR && finding <= CHROMA_CELL) report->picture -= 1;
  report->sourcePictures = source.sequence.count;
  report->outputPictures = output.sequence.count;
  return verdict;
}

static enum verdict concludeOutput(const struct row *row, enum finding finding) {
  enum finding ofSource = finishSource(row);
  if (ofSource != NOTHING) return conclude(VERDICT_VOID, ofSource, IN_SOURCE);
  return conclude(VERDICT_FAULT, finding, IN_OUTPUT);
}

enum verdict judge(uint32_t sourceLength, uint32_t outputLength, uint32_t outputIndex) {
  setVerdict(VERDICT_VOID);
  const struct row *row = findRow(outputIndex);
  if (row == 0) return conclude(VERDICT_VOID, PARAMETERS_INVALID, IN_PARAMETERS);
  enum finding finding = openSource(row, sourceLength);
  if (finding != NOTHING) return conclude(VERDICT_VOID, finding, IN_SOURCE);
  setUpComparison(&comparison, row, &source.sequence);

  setVerdict(VERDICT_FAULT);
  finding = openOutput(row, outputLength);
  while (finding == NOTHING && !output.sequence.isOver) {
    struct picture wanted;
    setVerdict(VERDICT_VOID);
    finding = nextKept(row, &wanted);
    if (finding != NOTHING) return conclude(VERDICT_VOID, finding, IN_SOURCE);
    setVerdict(VERDICT_FAULT);
    finding = takePair(row, &wanted);
  }
  measureMeans(&comparison);
  if (finding == NOTHING) finding = checkMeans(&comparison);
  if (finding != NOTHING) return concludeOutput(row, finding);
  return conclude(VERDICT_PASS, NOTHING, IN_PARAMETERS);
}
