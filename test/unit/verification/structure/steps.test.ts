import { expect } from "chai";
import {
  runStructure,
  structureProgram,
  structureStepBound,
} from "../../../../offchain/verification/structure/judge.ts";
import type { StructureParameters } from "../../../../offchain/verification/structure/parameters.ts";
import { packetsOf, segmentOf } from "../../../fixtures/structure/edit.ts";
import {
  BitWriter,
  pictureParameters,
  sequenceParameters,
  slice,
  transportStream,
  unit,
} from "../../media/synthetic.ts";
import { changed, first, PARAMETERS, pictures, PIXELS, stream } from "./streams.ts";

const program = structureProgram();
/** As many of everything as can be agreed on. */
const WIDEST: StructureParameters = {
  sourceBytes: 2 ** 26,
  pictures: 65_536,
  units: 2 ** 24,
  outputs: [PIXELS, { width: 16_384, height: 16_384 }].map((size) => ({
    ...PARAMETERS.outputs[0]!,
    ...size,
    outputBytes: 2 ** 26,
  })),
};

/** Many times the same, without the start code's first zero: what matters is how much is read for each byte. */
const repeated = (bytes: readonly number[], times: number): number[] => {
  const short = bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0 ? bytes.slice(1) : [...bytes];
  return Array.from({ length: times }, () => short).flat();
};

/** A sequence parameter set of codes of one bit each, as long as it may be. */
function slowSequence(): number[] {
  const bits = new BitWriter().u(8, 244).u(8, 0).u(8, 30).ue(0).ue(3).u(1, 0).ue(0).ue(0).u(1, 0).u(1, 1);
  // Flags of lists, and differences of 0.
  for (let list = 0; list < 12; list += 1) for (let i = list < 6 ? 17 : 65; i > 0; i -= 1) bits.u(1, 1);
  bits.ue(0).ue(1).u(1, 0).ue(0).ue(0).ue(255);
  for (let i = 0; i < 255; i += 1) bits.ue(0);
  return unit(0x67, bits.ue(1).u(1, 0).ue(19).ue(11).u(1, 1).u(1, 1).u(1, 0).u(1, 0).bytes());
}

/** Everything that an attacker could make long with few bytes. */
const SLOW: readonly [string, () => Buffer][] = [
  ["sequence parameters", () => stream(2, { 0: repeated(slowSequence(), 300) })],
  ["short sequence parameters", () => stream(2, { 0: repeated(sequenceParameters({ width: 1, height: 1 }), 3_000) })],
  ["picture parameters", () => stream(2, { 0: repeated(pictureParameters(), 3_000) })],
  ["unknown units", () => stream(2, { 0: repeated([0, 0, 1, 9], 5_000) })],
  [
    "slices",
    () => {
      const sets = [...sequenceParameters({ width: 1_024, height: 1_024 }), ...pictureParameters()];
      const slices = Array.from({ length: 4_000 }, (_, i) =>
        slice({ idr: true, frameNumber: 0, firstMacroblock: i }).slice(1),
      );
      return stream(1, { 0: [...sets, ...slices.flat()] });
    },
  ],
  ["zeros", () => stream(2, { 0: [...first(), ...Array<number>(20_000).fill(0)] })],
  ["ones", () => stream(2, { 0: [...first(), ...Array<number>(20_000).fill(1)] })],
  ["zeros and ones in turn", () => stream(2, { 0: [...first(), ...Array.from({ length: 20_000 }, (_, i) => i % 2)] })],
  ["escapes", () => stream(2, { 0: [...first(), ...repeated([0, 0, 3], 7_000)] })],
  [
    "pictures in reverse, sixteen at a time",
    () => {
      const order = Array.from({ length: 900 }, (_, i) =>
        i === 0 ? 0 : 16 * Math.floor((i - 1) / 16) + 16 - ((i - 1) % 16),
      );
      return transportStream(changed(pictures(900), (_, i) => ({ pts: 900_000 + 3_000 * order[i]! })));
    },
  ],
  [
    "tables",
    () => {
      const packets = packetsOf(stream());
      return segmentOf([...packets, ...Array.from({ length: 500 }, () => packets[1]!)]);
    },
  ],
];

describe("the step bound of the structure program", () => {
  for (const [what, make] of SLOW) {
    it(`V2: is far above what ${what} take, in source and output`, () => {
      const segment = make();
      for (const source of [segment, stream()]) {
        const { steps, finding } = runStructure(program, {
          parameters: WIDEST,
          source,
          output: segment,
          outputIndex: what === "slices" ? 1 : 0,
        });
        // Nothing that ends the run early, but what is found at its end.
        expect(finding?.position ?? 0, finding?.code).to.be.oneOf([0, segment.length, source.length]);
        expect(2 * steps).to.be.below(Number(structureStepBound(source.length, [segment.length])));
      }
    });
  }

  it("is that of the longest output", () => {
    expect(structureStepBound(1_000, [10, 2_000, 30])).to.equal(65_536n + 512n * 3_000n);
    expect(structureStepBound(1_000, [])).to.equal(65_536n + 512n * 1_000n);
  });
});
