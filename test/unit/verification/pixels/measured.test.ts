import { expect } from "chai";
import type { PictureSize } from "../../../../offchain/media/interface.ts";
import { agreed, flat, judge, scene, scrambled } from "./scenes.ts";
import { measure } from "./reference.ts";

/** Source and output: equal, in halves, thirds, with common divisors and without, in one direction only, with cells without chroma. */
const SIZES: readonly [source: PictureSize, output: PictureSize][] = [
  [
    { width: 32, height: 18 },
    { width: 32, height: 18 },
  ],
  [
    { width: 64, height: 36 },
    { width: 32, height: 18 },
  ],
  [
    { width: 48, height: 54 },
    { width: 16, height: 18 },
  ],
  [
    { width: 48, height: 36 },
    { width: 32, height: 24 },
  ],
  [
    { width: 46, height: 38 },
    { width: 34, height: 22 },
  ],
  [
    { width: 40, height: 20 },
    { width: 38, height: 18 },
  ],
  [
    { width: 38, height: 16 },
    { width: 16, height: 16 },
  ],
  [
    { width: 16, height: 94 },
    { width: 16, height: 16 },
  ],
  [
    { width: 70, height: 62 },
    { width: 18, height: 16 },
  ],
];
const LAG_ERROR = 100;

const lenient = (size: PictureSize) => agreed({ ...size, lagError: LAG_ERROR });

describe("what the pixels program measures", () => {
  for (const [from, to] of SIZES) {
    const what = `${from.width}x${from.height} to ${to.width}x${to.height}`;

    it(`V2: is what its specification says, from ${what}`, () => {
      const source = scene(from, 2);
      for (const [name, output] of [
        ["nothing alike", scene(to, 2, (at, picture) => scrambled(3 * at + picture))],
        ["smooth", scene(to, 2, (at, picture) => 128 + 100 * Math.sin((at % to.width) / 5 + picture))],
        ["extremes", scene(to, 2, (at, picture) => (scrambled(at + picture) & 1) * 255)],
      ] as const) {
        const { measured, verdict } = judge(output, source, lenient(to));
        expect(verdict, name).to.equal("pass");
        expect(measured, name).to.deep.equal(measure(output, source, LAG_ERROR));
      }
    });
  }

  it("V2: is nothing between a picture and itself", () => {
    const same = scene({ width: 32, height: 18 });
    const strict = agreed({
      ...{ lumaMean: 0, lumaWorst: 0, chromaMean: 0, chromaWorst: 0, similarityMean: 32_768, similarityWorst: 32_768 },
      ...{ lagRatio: 16, lagError: 0, lumaCellMean: 0, lumaCellWorst: 0, chromaCellMean: 0, chromaCellWorst: 0 },
    });
    expect(judge(same, same, strict)).to.deep.include({ verdict: "pass", finding: null });
  });

  it("V2: has room for pictures that differ as much as they can", () => {
    const size = { width: 1_024, height: 512 };
    const white = flat(size, [[255, 255, 255]]);
    const { measured } = judge(flat(size, [[0, 0, 0]]), white, agreed({ ...size, outputBytes: 2 ** 26 }));
    expect(measured).to.include({
      ...{ lumaMean: 1_040_400, lumaWorst: 1_040_400, chromaMean: 1_040_400, chromaWorst: 1_040_400 },
      ...{ lumaCellMean: 4_080, lumaCellWorst: 4_080, chromaCellMean: 4_080, chromaCellWorst: 4_080 },
    });
  });

  it("V2: scales the largest areas that there are", () => {
    const [from, to] = [
      { width: 4_094, height: 4_090 },
      { width: 16, height: 16 },
    ];
    for (const sample of [0, 255]) {
      const source = flat(from, [[sample, sample, sample]]);
      const { measured } = judge(flat(to, [[sample, sample, sample]]), source, agreed(to));
      expect(measured).to.include({ lumaWorst: 0, chromaWorst: 0 });
    }
  });
});
