import { expect } from "chai";
import { readFileSync } from "node:fs";
import { describeFinding, FINDINGS, type FindingCode } from "../../../../offchain/verification/pixels/findings.ts";
import type { PixelsParameters } from "../../../../offchain/verification/pixels/parameters.ts";
import { rawSegment } from "../../../../offchain/verification/pixels/raw.ts";
import { words } from "../../../fixtures/checksum.ts";
import { type Frames, pack } from "../../../fixtures/pixels/frames.ts";
import { agreed, flat, judge, scene, SIZE, SOURCE_SIZE } from "./scenes.ts";

const SOURCE = scene(SOURCE_SIZE, 8);
const OUTPUT = scene(SIZE, 8);

/** Header words of a segment replaced. */
function withHeader(frames: Frames, ...header: number[]): Buffer {
  const bytes = pack(frames);
  bytes.set(words(...header));
  return bytes;
}

const first = (count: number) => (frames: Frames) => ({ ...frames, pictures: frames.pictures.slice(0, count) });

/** Malformed in a segment, whichever it is: code, what it is, and the segment, from a good one. */
const MALFORMED: readonly [FindingCode, string, (good: Frames) => Buffer][] = [
  ["Header", "nothing", () => Buffer.alloc(0)],
  ["Header", "a header cut short", (good) => pack(good).subarray(0, 15)],
  ["Header", "version 0", (good) => withHeader(good, 0)],
  ["Header", "version 2", (good) => withHeader(good, 2)],
  ["FrameSize", "an odd width", ({ height }) => words(1, 33, height, 0)],
  ["FrameSize", "an odd height", ({ width }) => words(1, width, 19, 0)],
  ["FrameSize", "14 columns", ({ height }) => words(1, 14, height, 0)],
  ["FrameSize", "14 rows", ({ width }) => words(1, width, 14, 0)],
  ["FrameSize", "no columns", ({ height }) => words(1, 0, height, 0)],
  ["FrameSize", "16,386 columns", () => words(1, 16_386, 16, 0)],
  ["FrameSize", "16,386 rows", () => words(1, 16, 16_386, 0)],
  ["FrameSize", "more than 2^26 pixels", () => words(1, 16_384, 4_098, 0)],
  ["FrameSize", "sides whose product is 2^32", () => words(1, 2 ** 16, 2 ** 16, 0)],
  ["FrameCut", "a byte less", (good) => pack(good).subarray(0, -1)],
  ["FrameCut", "a frame less than it says", (good) => withHeader(good, 1, good.width, good.height, 9)],
  ["FrameCut", "no frame at all", (good) => pack(good).subarray(0, 16)],
  ["BytesLeft", "a byte more", (good) => Buffer.concat([pack(good), Buffer.alloc(1)])],
  ["BytesLeft", "a frame more than it says", (good) => withHeader(good, 1, good.width, good.height, 7)],
];

/** With this source, its output and what was agreed on, the output is at fault. */
const FAULTS: readonly [FindingCode, string, Frames, Frames, PixelsParameters, number, number][] = [
  ["PictureSize", "wider", scene({ ...SIZE, width: 34 }), SOURCE, agreed(), 0x20_0012, 0x22_0012],
  ["PictureSize", "lower", scene({ ...SIZE, height: 16 }), SOURCE, agreed(), 0x20_0012, 0x20_0010],
  ["PictureSize", "the source's size", SOURCE, SOURCE, agreed(), 0x20_0012, 0x30_0024],
  ["SegmentBytes", "a byte too many", OUTPUT, SOURCE, agreed({ outputBytes: 6_927 }), 6_927, 6_928],
  ["PictureMissing", "one less", first(7)(OUTPUT), SOURCE, agreed(), 8, 7],
  ["PictureMissing", "none", first(0)(OUTPUT), SOURCE, agreed(), 1, 0],
  ["PictureAdded", "one more", scene(SIZE, 9), SOURCE, agreed(), 8, 9],
  ["PictureAdded", "those that should be left out", OUTPUT, SOURCE, agreed({ pictureStep: 2 }), 4, 5],
  ["PictureMissing", "one less of every second", first(3)(OUTPUT), SOURCE, agreed({ pictureStep: 2 }), 4, 3],
];

/** Two pictures of black, and what becomes of them. */
const BLACK = flat(SIZE, [
  [0, 0, 0],
  [0, 0, 0],
]);
const second = (colour: readonly [number, number, number]): Frames => flat(SIZE, [[0, 0, 0], colour]);

/** Thresholds, the least that they can be for an output to pass, and what is found with one less (or, of similarities, one more). */
const EDGES: readonly [FindingCode, keyof PixelsParameters["outputs"][number], number, Frames, Frames][] = [
  ["LumaError", "lumaWorst", 16 * 3 ** 2, second([3, 0, 0]), BLACK],
  ["MeanLumaError", "lumaMean", 8 * 3 ** 2, second([3, 0, 0]), BLACK],
  ["ChromaError", "chromaWorst", 16 * 3 ** 2, second([0, 3, 0]), BLACK],
  ["ChromaError", "chromaWorst", 16 * 5 ** 2, second([0, 3, 5]), BLACK],
  ["MeanChromaError", "chromaMean", 8 * 3 ** 2, second([0, 3, 0]), BLACK],
  ["MeanChromaError", "chromaMean", 8 * 5 ** 2, second([0, 3, 5]), BLACK],
  ["LumaCell", "lumaCellWorst", 16 * 3, second([3, 0, 0]), BLACK],
  ["MeanLumaCell", "lumaCellMean", 8 * 3, second([3, 0, 0]), BLACK],
  ["ChromaCell", "chromaCellWorst", 16 * 3, second([0, 3, 0]), BLACK],
  ["ChromaCell", "chromaCellWorst", 16 * 5, second([0, 3, 5]), BLACK],
  ["MeanChromaCell", "chromaCellMean", 8 * 3, second([0, 3, 0]), BLACK],
  ["MeanChromaCell", "chromaCellMean", 8 * 5, second([0, 3, 5]), BLACK],
  // Black and gray: (2 · 0 + 416) / (6400² + 416) of 2^15 is below 1; of the mean, half of what black has with itself.
  ["Similarity", "similarityWorst", 0, second([100, 0, 0]), BLACK],
  ["MeanSimilarity", "similarityMean", 16_384, second([100, 0, 0]), BLACK],
  // The source's second picture is 10, the output's is the first one and a bit: 9² against 1².
  ["Lag", "lagRatio", 16 * 81, second([1, 0, 0]), second([10, 0, 0])],
];

describe("what the pixels program finds", () => {
  for (const [code, what, make] of MALFORMED) {
    it(`V2: ${code}: ${what}: fault in an output, void in a source`, () => {
      const inOutput = judge(make(OUTPUT), SOURCE);
      expect(inOutput.finding).to.include({ code, where: "output" });
      expect(inOutput.verdict).to.equal("fault");
      const inSource = judge(OUTPUT, make(SOURCE));
      expect(inSource.finding).to.include({ code, where: "source" });
      expect(inSource.verdict).to.equal("void");
    });
  }

  for (const [code, what, output, source, parameters, expected, found] of FAULTS) {
    it(`V2: ${code}: ${what}: fault`, () => {
      const { verdict, finding } = judge(output, source, parameters);
      expect(finding).to.include({ code, where: "output", expected, found });
      expect(verdict).to.equal("fault");
    });
  }

  for (const [code, field, edge, output, source] of EDGES) {
    it(`V2: ${code}: beyond ${field} ${edge}`, () => {
      const parameters = (value: number): PixelsParameters =>
        agreed({ lagError: field === "lagRatio" ? 0 : 1_040_400, [field]: value });
      expect(judge(output, source, parameters(edge))).to.deep.include({ verdict: "pass", finding: null });
      const beyond = field.startsWith("similarity") ? edge + 1 : edge - 1;
      const { verdict, finding } = judge(output, source, parameters(beyond));
      expect(finding).to.include({ code, where: "output", expected: beyond, found: edge });
      expect(finding?.picture).to.equal(code.startsWith("Mean") ? 0 : 1);
      expect(verdict).to.equal("fault");
    });
  }

  it("V2: Lag: not for an error that is within its own limit, nor in the first picture", () => {
    const late = [second([1, 0, 0]), second([10, 0, 0])] as const;
    for (const [lagError, verdict] of [
      [16 * 81, "pass"],
      [16 * 81 - 1, "fault"],
    ] as const) {
      expect(judge(...late, agreed({ lagRatio: 16, lagError }))).to.include({ verdict });
    }
    const [white, black] = [flat(SIZE, [[255, 0, 0]]), flat(SIZE, [[0, 0, 0]])];
    expect(judge(white, black, agreed({ lagRatio: 16, lagError: 0 }))).to.include({ verdict: "pass" });
  });

  it("V2: Lag: a picture that is the source's one before", () => {
    const late = judge(BLACK, second([10, 0, 0]), agreed({ lagRatio: 65_536, lagError: 0 }));
    expect(late).to.include({ verdict: "fault" });
    expect(late.finding).to.include({ code: "Lag", expected: 65_536, found: 65_537 });
  });

  it("V2: compares only the pictures that were agreed on", () => {
    const wrong = { ...OUTPUT, pictures: OUTPUT.pictures.with(3, Buffer.alloc(OUTPUT.pictures[0]!.length)) };
    const source = OUTPUT;
    for (const [sampleStep, verdict, compared] of [
      [1, "fault", 4],
      [2, "pass", 4],
      [3, "fault", 2],
      [8, "pass", 1],
    ] as const) {
      const judged = judge(wrong, source, agreed({ sampleStep, lumaWorst: 0 }));
      expect(judged, String(sampleStep)).to.include({ verdict });
      expect(judged.measured.compared).to.equal(compared);
    }
  });

  it("V2: keeps the first of each so many pictures of the source", () => {
    const kept = { ...OUTPUT, pictures: OUTPUT.pictures.filter((_, i) => i % 3 === 0) };
    const judged = judge(kept, OUTPUT, agreed({ pictureStep: 3, lumaWorst: 0, chromaWorst: 0 }));
    expect(judged).to.include({ verdict: "pass", sourcePictures: 8, outputPictures: 3 });
  });

  it("V2: NoPicture: a source without pictures is void", () => {
    const { verdict, finding } = judge(OUTPUT, first(0)(SOURCE));
    expect(finding).to.include({ code: "NoPicture", where: "source" });
    expect(verdict).to.equal("void");
  });

  it("V2: Pictures: a source of more than was agreed on is void, also where the output is at fault before", () => {
    for (const output of [OUTPUT, first(2)(OUTPUT)]) {
      const { verdict, finding } = judge(output, SOURCE, { ...agreed(), pictures: 7 });
      expect(finding).to.include({ code: "Pictures", where: "source", expected: 7, found: 8 });
      expect(verdict).to.equal("void");
    }
    expect(judge(OUTPUT, SOURCE, { ...agreed(), pictures: 8 })).to.include({ verdict: "pass" });
  });

  it("V2: SegmentBytes: a source of more than was agreed on is void", () => {
    const { length } = pack(SOURCE);
    const { verdict, finding } = judge(OUTPUT, SOURCE, { ...agreed(), sourceBytes: length - 1 });
    expect(finding).to.include({ code: "SegmentBytes", where: "source", expected: length - 1, found: length });
    expect(verdict).to.equal("void");
  });

  it("V2: PictureSize: a source that is smaller than the output should be is void", () => {
    for (const size of [
      { ...SIZE, width: 30 },
      { ...SIZE, height: 16 },
    ]) {
      const { verdict, finding } = judge(OUTPUT, scene(size));
      expect(finding).to.include({ code: "PictureSize", where: "source" });
      expect(verdict).to.equal("void");
    }
  });

  it("V2: nothing in an output when its source turns out malformed later", () => {
    const cut = pack(SOURCE).subarray(0, -1);
    for (const output of [first(2)(OUTPUT), flat(SIZE, [[0, 0, 0]]), Buffer.alloc(0)]) {
      const { verdict, finding } = judge(output, cut, agreed({ lumaWorst: 0 }));
      expect(finding).to.include({ code: "FrameCut", where: "source", picture: 7 });
      expect(verdict).to.equal("void");
    }
  });

  it("says where, and what a size is", () => {
    const { finding } = judge(scene({ ...SIZE, width: 34 }), SOURCE);
    expect(describeFinding(finding!)).to.equal(
      "output: the pictures do not have the size agreed on, or the source's are smaller (PictureSize; byte 0, picture 0, expected 32x18, found 34x18)",
    );
    const { finding: added } = judge(scene(SIZE, 9), SOURCE);
    expect(describeFinding(added!)).to.equal(
      "output: there are pictures that the source does not have (PictureAdded; byte 6928, picture 9, expected 8, found 9)",
    );
  });

  it("has the numbers of the program", () => {
    const header = readFileSync(new URL("../../../../offchain/vm/guest/pixels/report.h", import.meta.url), "utf8");
    const numbers = [...header.matchAll(/^ {2}([A-Z_]+) = (\d+),$/gm)].map(([, , number]) => Number(number));
    expect(numbers).to.deep.equal([0, ...Object.keys(FINDINGS).map(Number)]);
  });

  it("refuses frames that are none", () => {
    expect(() => rawSegment(SIZE, Buffer.alloc(100))).to.throw(/100 bytes are no frames of 32x18/);
  });
});
