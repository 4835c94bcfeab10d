import { expect } from "chai";
import { isStreamflowError } from "../../../../offchain/errors.ts";
import { judgeCase, structureProgram } from "../../../../offchain/verification/structure/judge.ts";
import {
  decodeStructureParameters,
  encodeStructureParameters,
  H264_PROFILE,
  STRUCTURE_LIMITS,
  structureParametersOf,
} from "../../../../offchain/verification/structure/parameters.ts";
import { words } from "../../../fixtures/checksum.ts";
import { PARAMETERS, stream } from "./streams.ts";

const program = structureProgram();
const SOURCE = stream();

function codeOf(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    return isStreamflowError(error, "ParametersInvalid") ? "ParametersInvalid" : String(error);
  }
}

/** Fields, their words, and what the first and the last output's may be. */
const RANGES: readonly [field: string, word: number, least: number, most: number][] = [
  ["version", 0, 1, 1],
  ["sourceBytes", 1, SOURCE.length, 2 ** 26],
  ["pictures", 2, 8, 65_536],
  ["units", 3, 10, 2 ** 24],
  ["width", 12, 320, 320],
  ["profiles", 14, 1, 15],
  ["level", 15, 30, 62],
  ["pictureStep", 16, 1, 1],
  ["timeTolerance", 17, 0, 45_000],
  ["outputBytes", 18, SOURCE.length, 2 ** 26],
];
/** Beyond these the parameters are malformed. */
const LIMITS: readonly [field: string, word: number, least: number, most: number][] = [
  ["version", 0, 1, 1],
  ["sourceBytes", 1, 1, 2 ** 26],
  ["pictures", 2, 1, 65_536],
  ["units", 3, 1, 2 ** 24],
  ["outputs", 4, 1, 32],
  ["width", 12, 1, 16_384],
  ["height", 13, 1, 16_384],
  ["profiles", 14, 1, 15],
  ["level", 15, 9, 62],
  ["pictureStep", 16, 1, 16],
  ["timeTolerance", 17, 0, 45_000],
  ["outputBytes", 18, 1, 2 ** 26],
];

/** The second output of two like PARAMETERS' first, with another word. */
function judgeWith(word: number, value: number) {
  const parameters = Buffer.from(
    encodeStructureParameters({ ...PARAMETERS, outputs: [PARAMETERS.outputs[0]!, PARAMETERS.outputs[0]!] }),
  );
  parameters.writeUInt32LE(value, 4 * word);
  return judgeCase({ program, parameters, source: SOURCE, output: SOURCE, outputIndex: 1 });
}

describe("parameters of the structure program", () => {
  it("are words in the order of the specification", () => {
    const bytes = encodeStructureParameters(PARAMETERS);
    const limits = [STRUCTURE_LIMITS.sourceBytes, STRUCTURE_LIMITS.pictures, STRUCTURE_LIMITS.units];
    const rows = [...[320, 192, 1, 30, 1, 1, 1_000_000], ...[320, 192, 1, 30, 2, 1, 1_000_000]];
    expect(Buffer.from(bytes)).to.deep.equal(words(1, ...limits, 2, ...rows));
    expect(decodeStructureParameters(bytes)).to.deep.equal(PARAMETERS);
  });

  it("are the profile that the encoder makes, in the order of the renditions", () => {
    const rendition = {
      name: "a",
      width: 640,
      height: 360,
      encoder: "auditable",
      preset: "veryfast",
      crf: 23,
    } as const;
    const { outputs, ...limits } = structureParametersOf([
      rendition,
      { ...rendition, width: 320, height: 180, preset: "ultrafast" },
      { ...rendition, preset: "ultrafast", crf: 0 },
      { ...rendition, encoder: "fast" },
    ]);
    expect(limits).to.deep.equal(STRUCTURE_LIMITS);
    expect(outputs.map(({ width, height, profiles }) => [width, height, profiles])).to.deep.equal([
      [640, 360, H264_PROFILE.high],
      [320, 180, H264_PROFILE.constrainedBaseline],
      [640, 360, H264_PROFILE.high444],
      [640, 360, H264_PROFILE.constrainedBaseline + H264_PROFILE.main + H264_PROFILE.high],
    ]);
  });

  it("are refused when they are malformed", () => {
    expect(codeOf(() => structureParametersOf([]))).to.equal("ParametersInvalid");
    expect(codeOf(() => encodeStructureParameters({ ...PARAMETERS, pictures: 0 }))).to.equal("ParametersInvalid");
    const bytes = encodeStructureParameters(PARAMETERS);
    for (const wrong of [
      new Uint8Array(0),
      bytes.subarray(4),
      Buffer.concat([bytes, words(0)]),
      words(2, 1, 1, 1, 0),
    ]) {
      expect(codeOf(() => decodeStructureParameters(wrong))).to.equal("ParametersInvalid");
    }
  });

  for (const [field, word, least, most] of LIMITS) {
    it(`V2: ${field} outside of its range is void, for the program as for the schema`, () => {
      for (const value of [least - 1, most + 1, 2 ** 32 - 1]) {
        if (value < 0) continue;
        const { verdict, finding } = judgeWith(word, value);
        expect(verdict, String(value)).to.equal("void");
        expect(finding, String(value)).to.include({ code: "ParametersInvalid" });
        const bytes = Buffer.from(encodeStructureParameters(PARAMETERS));
        bytes.writeUInt32LE(value, 4 * word);
        expect(
          codeOf(() => decodeStructureParameters(bytes)),
          String(value),
        ).to.equal("ParametersInvalid");
      }
    });
  }

  it("V2: pass at the ends of what fits", () => {
    for (const [field, word, least, most] of RANGES) {
      for (const value of [least, most])
        expect(judgeWith(word, value), `${field} ${value}`).to.include({ verdict: "pass" });
    }
  });
});
