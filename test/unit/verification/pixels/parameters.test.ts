import { expect } from "chai";
import { expectClose } from "../../../fixtures/close.ts";
import { readFileSync } from "node:fs";
import { isStreamflowError } from "../../../../offchain/errors.ts";
import { judgeCase, pixelsProgram } from "../../../../offchain/verification/pixels/judge.ts";
import {
  decodePixelsParameters,
  encodePixelsParameters,
  PIXELS_LIMITS,
  pixelsParametersOf,
} from "../../../../offchain/verification/pixels/parameters.ts";
import { thresholdsOf } from "../../../../offchain/verification/pixels/thresholds.ts";
import { cellOf, decibelsOf, errorOf, similarityOf, ssimOf } from "../../../../offchain/verification/pixels/units.ts";
import { words } from "../../../fixtures/checksum.ts";
import { pack } from "../../../fixtures/pixels/frames.ts";
import { agreed, ANYTHING, scene, SIZE } from "./scenes.ts";

const program = pixelsProgram();
const SOURCE = pack(scene(SIZE, 2));
const PARAMETERS = { ...agreed(), outputs: [ANYTHING, ANYTHING] };

function codeOf(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    return isStreamflowError(error, "ParametersInvalid") ? "ParametersInvalid" : String(error);
  }
}

/** Fields, their words (of a row: the second), and what is well-formed. */
const LIMITS: readonly [field: string, word: number, least: number, most: number][] = [
  ["version", 0, 1, 1],
  ["sourceBytes", 1, 1, 2 ** 26],
  ["pictures", 2, 1, 65_536],
  ["outputs", 3, 1, 32],
  ["width", 21, 16, 16_384],
  ["height", 22, 16, 16_384],
  ["pictureStep", 23, 1, 16],
  ["sampleStep", 24, 1, 256],
  ["outputBytes", 25, 1, 2 ** 26],
  ["lumaMean", 26, 0, 1_040_400],
  ["lumaWorst", 27, 0, 1_040_400],
  ["chromaMean", 28, 0, 1_040_400],
  ["chromaWorst", 29, 0, 1_040_400],
  ["similarityMean", 30, -32_768, 32_768],
  ["similarityWorst", 31, -32_768, 32_768],
  ["lagRatio", 32, 16, 65_536],
  ["lagError", 33, 0, 1_040_400],
  ["lumaCellMean", 34, 0, 4_080],
  ["lumaCellWorst", 35, 0, 4_080],
  ["chromaCellMean", 36, 0, 4_080],
  ["chromaCellWorst", 37, 0, 4_080],
];
/** Those that say what the segments are. */
const DESCRIBING = ["version", "sourceBytes", "outputs", "width", "height", "outputBytes"];

/** The second of two outputs, equal to the source, with another word. */
function judgeWith(word: number, value: number) {
  const parameters = Buffer.from(encodePixelsParameters(PARAMETERS));
  parameters.writeUInt32LE(value >>> 0, 4 * word);
  return judgeCase({ program, parameters, source: SOURCE, output: SOURCE, outputIndex: 1 });
}

describe("parameters of the pixels program", () => {
  it("are words in the order of the specification", () => {
    const bytes = encodePixelsParameters(agreed());
    const row = [32, 18, 1, 1, 1_000_000, ...Array<number>(4).fill(1_040_400), 0xffff_8000, 0xffff_8000];
    const rest = [65_536, 1_040_400, ...Array<number>(4).fill(4_080)];
    expect(Buffer.from(bytes)).to.deep.equal(
      words(1, PIXELS_LIMITS.sourceBytes, PIXELS_LIMITS.pictures, 1, ...row, ...rest),
    );
    expect(decodePixelsParameters(bytes)).to.deep.equal(agreed());
  });

  it("are thresholds for the factor, in the order of the renditions", () => {
    const rendition = { name: "x", encoder: "auditable" as const, preset: "veryfast" as const, width: 64, height: 48 };
    const { outputs } = pixelsParametersOf([
      { ...rendition, crf: 23 },
      { ...rendition, width: 32, crf: 51 },
    ]);
    expect(outputs[0]).to.include({ width: 64, height: 48, pictureStep: 1, sampleStep: 1, ...thresholdsOf(23) });
    expect(outputs[1]).to.include({ width: 32, height: 48, ...thresholdsOf(51) });
  });

  it("are those of the specification's table", () => {
    const specification = readFileSync(new URL("../../../../LIPS/LIP-8.md", import.meta.url), "utf8");
    const table = specification.split("### Thresholds")[1]!.split("## Rationale")[0]!;
    const rows = table.split("\n").filter((line) => /^\| [a-z]/.test(line));
    const [factors, ...curves] = rows.map((row) => row.replaceAll("−", "-").split("|").slice(2, -1).map(Number));
    const units = [
      ...[errorOf, errorOf, errorOf, errorOf, similarityOf, similarityOf],
      ...[(ratio: number) => 16 * ratio, errorOf, cellOf, cellOf, cellOf, cellOf],
    ];
    expect(factors).to.have.length(6);
    factors!.forEach((factor, i) => {
      const expected = curves.map((curve, j) => units[j]!(curve[i]!));
      expect(Object.values(thresholdsOf(factor)), String(factor)).to.deep.equal(expected);
    });
  });

  it("never ask more of a greater factor", () => {
    for (let crf = 1; crf <= 51; crf += 1) {
      const [better, worse] = [thresholdsOf(crf - 1), thresholdsOf(crf)];
      for (const field of Object.keys(worse) as (keyof typeof worse)[]) {
        const isLess = worse[field] < better[field];
        expect(isLess && !field.startsWith("similarity"), `${field} ${crf}`).to.equal(false);
        if (field.startsWith("similarity")) expect(worse[field], `${field} ${crf}`).to.be.at.most(better[field]);
      }
    }
  });

  it("are in units that people can read", () => {
    expect(errorOf(0)).to.equal(1_040_400);
    expect(errorOf(-3)).to.equal(1_040_400);
    expect(errorOf(30)).to.equal(1_040);
    expectClose(decibelsOf(errorOf(30)), 30, 0.01);
    expect(decibelsOf(0)).to.equal(Infinity);
    expect(similarityOf(0.5)).to.equal(16_384);
    expect(ssimOf(-32_768)).to.equal(-1);
    expect(cellOf(2.5)).to.equal(40);
  });

  it("are refused when they are none", () => {
    const bytes = encodePixelsParameters(agreed());
    for (const wrong of [
      Buffer.alloc(0),
      bytes.subarray(0, -4),
      Buffer.concat([bytes, words(0)]),
      words(2, 1, 1, 0),
      words(1, 1, 1, 0),
    ]) {
      expect(codeOf(() => decodePixelsParameters(wrong))).to.equal("ParametersInvalid");
    }
    expect(codeOf(() => pixelsParametersOf([]))).to.equal("ParametersInvalid");
  });

  for (const [field, word, least, most] of LIMITS) {
    it(`V2: ${field} outside of its range is void, for the program as for the schema`, () => {
      for (const value of [least - 1, most + 1, 2 ** 31 - 1, -(2 ** 31), ...(word === 21 || word === 22 ? [31] : [])]) {
        const { verdict, finding } = judgeWith(word, value);
        expect(verdict, String(value)).to.equal("void");
        expect(finding, String(value)).to.include({ code: "ParametersInvalid" });
        const bytes = Buffer.from(encodePixelsParameters(PARAMETERS));
        bytes.writeInt32LE(value, 4 * word);
        expect(
          codeOf(() => decodePixelsParameters(bytes)),
          String(value),
        ).to.equal("ParametersInvalid");
      }
    });

    if (DESCRIBING.includes(field)) continue;
    it(`V2: ${field} at the ends of its range is read`, () => {
      for (const value of [least, most]) {
        const { finding } = judgeWith(word, value);
        expect(finding?.code, String(value)).to.not.equal("ParametersInvalid");
        const bytes = Buffer.from(encodePixelsParameters(PARAMETERS));
        bytes.writeInt32LE(value, 4 * word);
        expect(
          codeOf(() => decodePixelsParameters(bytes)),
          String(value),
        ).to.equal("no error");
      }
    });
  }

  it("V2: more than 2^24 pixels are void, for the program as for the schema", () => {
    for (const [height, valid] of [
      [4_096, true],
      [4_098, false],
    ] as const) {
      const parameters = Buffer.from(encodePixelsParameters(PARAMETERS));
      parameters.set(words(4_096, height), 4 * 21);
      const { finding } = judgeCase({ program, parameters, source: SOURCE, output: SOURCE, outputIndex: 1 });
      // The source is smaller than that.
      expect(finding?.code).to.equal(valid ? "PictureSize" : "ParametersInvalid");
      expect(codeOf(() => decodePixelsParameters(parameters))).to.equal(valid ? "no error" : "ParametersInvalid");
    }
  });

  it("V2: an output that they do not have is void", () => {
    const parameters = encodePixelsParameters(PARAMETERS);
    for (const outputIndex of [2, 2 ** 32 - 1]) {
      const { verdict, finding } = judgeCase({ program, parameters, source: SOURCE, output: SOURCE, outputIndex });
      expect(verdict).to.equal("void");
      expect(finding).to.include({ code: "ParametersInvalid", where: "parameters" });
    }
  });
});
