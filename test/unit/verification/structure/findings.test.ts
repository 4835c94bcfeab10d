import { expect } from "chai";
import { readFileSync } from "node:fs";
import { describeFinding, FINDINGS, type FindingCode } from "../../../../offchain/verification/structure/findings.ts";
import type { StructureParameters } from "../../../../offchain/verification/structure/parameters.ts";
import { packetsOf, payloadOf, segmentOf } from "../../../fixtures/structure/edit.ts";
import {
  BitWriter,
  type Elementary,
  pictureParameters,
  sequenceParameters,
  slice,
  transportStream,
  unit,
} from "../../media/synthetic.ts";
import {
  changed,
  first,
  highFirst,
  interlacedSets,
  judge,
  PARAMETERS,
  pictures,
  sets,
  SIZE,
  START,
  stream,
  TICKS,
  withSection,
} from "./streams.ts";

const SOURCE = stream();

/** A segment whose packet number `at` has another byte. */
function withByte(at: number, offset: (packet: Buffer) => number, byte: (was: number) => number): Buffer {
  const packets = packetsOf(SOURCE);
  const { bytes } = packets[at]!;
  bytes[offset(bytes)] = byte(bytes[offset(bytes)]!);
  return segmentOf(packets, true);
}

const inPayload = (offset: number) => (packet: Buffer) => payloadOf(packet) + offset;
/** Of the packets: the association, the map, the first picture. */
const [PAT, PMT, VIDEO] = [0, 1, 2];
const row = (change: Partial<StructureParameters["outputs"][number]>): StructureParameters => ({
  ...PARAMETERS,
  outputs: [{ ...PARAMETERS.outputs[0]!, ...change }],
});

/** Malformed in a segment, whichever it is: code, what it is, and the segment. */
const MALFORMED: readonly [FindingCode, string, () => Buffer][] = [
  ["Length", "nothing", () => Buffer.alloc(0)],
  ["Length", "a byte too many", () => Buffer.concat([SOURCE, Buffer.from([0x47])])],
  [
    "Sync",
    "another first byte",
    () =>
      withByte(
        4,
        () => 0,
        () => 0x48,
      ),
  ],
  [
    "Damaged",
    "marked packet",
    () =>
      withByte(
        4,
        () => 1,
        (byte) => byte | 0x80,
      ),
  ],
  [
    "Adaptation",
    "an adaptation field of 184 bytes",
    () =>
      withByte(
        4,
        () => 4,
        () => 184,
      ),
  ],
  ["ProgramTables", "no association", () => segmentOf(packetsOf(SOURCE).slice(1))],
  ["ProgramTables", "no map", () => segmentOf(packetsOf(SOURCE).toSpliced(PMT, 1))],
  ["ProgramTables", "an association with a wrong bit", () => withByte(PAT, inPayload(5), (byte) => byte ^ 1)],
  ["ProgramTables", "a map with a wrong bit", () => withByte(PMT, inPayload(15), (byte) => byte ^ 1)],
  ["ProgramTables", "a map of another kind", () => withByte(PMT, inPayload(1), () => 0xc0)],
  ["ProgramTables", "a map behind its packet", () => withByte(PMT, inPayload(0), () => 180)],
  [
    "ProgramTables",
    "a map that goes on",
    () =>
      withByte(
        PMT,
        () => 1,
        (byte) => byte & ~0x40,
      ),
  ],
  [
    "ProgramTables",
    "another map later",
    () => segmentOf([...packetsOf(SOURCE), packetsOf(transportStream(pictures(1), 0x1b, 0x0f))[PMT]!]),
  ],
  ["VideoStream", "MPEG-2", () => transportStream(pictures(8), 0x02)],
  ["VideoStream", "two streams", () => transportStream(pictures(8), 0x1b, 0x1b)],
  [
    "Scrambled",
    "video",
    () =>
      withByte(
        4,
        () => 3,
        (byte) => byte | 0x80,
      ),
  ],
  ["Continuity", "a packet is missing", () => segmentOf(packetsOf(SOURCE).toSpliced(5, 1), true)],
  [
    "Continuity",
    "a packet is repeated",
    () => segmentOf(packetsOf(SOURCE).toSpliced(5, 0, packetsOf(SOURCE)[5]!), true),
  ],
  ["ElementaryHeader", "another start", () => withByte(VIDEO, inPayload(2), () => 2)],
  ["ElementaryHeader", "an audio stream's", () => withByte(VIDEO, inPayload(3), () => 0xc0)],
  ["ElementaryHeader", "other first bits", () => withByte(VIDEO, inPayload(6), () => 0x40)],
  ["ElementaryHeader", "longer than its packet", () => withByte(VIDEO, inPayload(8), () => 255)],
  ["ElementaryHeader", "a length that does not cover it", () => withByte(VIDEO, inPayload(5), () => 7)],
  ["ElementaryLength", "longer than it says", () => withByte(VIDEO, inPayload(5), () => 20)],
  ["ElementaryLength", "shorter than it says", () => withByte(9, inPayload(5), () => 200)],
  [
    "ElementaryStart",
    "the middle of a packet",
    () =>
      withByte(
        VIDEO,
        () => 1,
        (byte) => byte & ~0x40,
      ),
  ],
  ["UnitStart", "bytes before the first unit", () => stream(8, { 0: [0, 7, ...first()] })],
  ["UnitStart", "a start code with one zero", () => stream(8, { 0: [0, 1, ...first()] })],
  ["UnitHeader", "a forbidden bit", () => stream(8, { 3: unit(0x81, [1]) })],
  ["UnitHeader", "data partitions", () => stream(8, { 3: unit(0x22, [1]) })],
  ["UnitHeader", "an empty unit", () => stream(8, { 3: [0, 0, 1, 0, 0, 1, 9] })],
  ["UnitHeader", "an empty unit at the end", () => stream(8, { 7: [...slice({ frameNumber: 7 }), 0, 0, 1] })],
  ["SequenceParameters", "cut short", () => stream(8, { 0: unit(0x67, [66, 0xc0, 30, 0xff]) })],
  ["SequenceParameters", "number 32", () => stream(8, { 0: sequenceParameters({ ...SIZE, id: 32 }) })],
  ["SequenceParameters", "1,025 macroblocks", () => stream(8, { 0: sequenceParameters({ ...SIZE, width: 1_025 }) })],
  [
    "SequenceParameters",
    "nothing left after cropping",
    () => stream(8, { 0: sequenceParameters({ ...SIZE, crop: [80, 80, 0, 0] }) }),
  ],
  [
    "SequenceParameters",
    "a wild offset",
    () => stream(8, { 0: sequenceParameters({ ...SIZE, crop: [2 ** 31, 2 ** 31, 0, 0] }) }),
  ],
  [
    "SequenceParameters",
    "planes that are coded apart",
    () =>
      stream(8, {
        0: unit(
          0x67,
          new BitWriter()
            .u(8, 244)
            .u(8, 0)
            .u(8, 30)
            .ue(0)
            .ue(3)
            .u(1, 1)
            .u(32, 2 ** 32 - 1)
            .bytes(),
        ),
      }),
  ],
  ["PictureParameters", "cut short", () => stream(8, { 0: [...sequenceParameters(SIZE), ...unit(0x68, [0xff])] })],
  ["PictureParameters", "groups of slices", () => stream(8, { 0: pictureParameters(0, 0, { groups: 2 }) })],
  ["PictureParameters", "redundant slices", () => stream(8, { 0: pictureParameters(0, 0, { redundant: true }) })],
  ["PictureParameters", "number 256", () => stream(8, { 0: pictureParameters(256) })],
  ["PictureParameters", "of sequence 32", () => stream(8, { 0: pictureParameters(0, 32) })],
  ["ParametersMissing", "no picture parameters", () => stream(8, { 3: slice({ frameNumber: 3, parameters: 9 }) })],
  [
    "ParametersMissing",
    "no sequence parameters",
    () => stream(8, { 0: [...pictureParameters(), ...slice({ idr: true, frameNumber: 0 })] }),
  ],
  ["SliceHeader", "cut short", () => stream(8, { 3: unit(0x61, [0x80]) })],
  [
    "SliceHeader",
    "another type in an IDR picture",
    () => stream(8, { 0: [...sets(), ...unit(0x65, new BitWriter().ue(0).ue(5).ue(0).u(20, 0).bytes())] }),
  ],
  ["SliceHeader", "type 10", () => stream(8, { 3: unit(0x61, new BitWriter().ue(0).ue(10).ue(0).u(20, 0).bytes()) })],
  [
    "SliceHeader",
    "a macroblock behind the picture",
    () => stream(8, { 0: [...first(), ...slice({ idr: true, firstMacroblock: 240, frameNumber: 0 })] }),
  ],
  [
    "SliceHeader",
    "a picture without its first slice",
    () => stream(8, { 3: [...unit(9, [0xf0]), ...slice({ firstMacroblock: 5, frameNumber: 3 })] }),
  ],
  [
    "SliceHeader",
    "slices in another order",
    () => stream(8, { 3: [0, 9, 4].flatMap((firstMacroblock) => slice({ firstMacroblock, frameNumber: 3 })) }),
  ],
  [
    "SliceHeader",
    "a slice of another picture",
    () => stream(8, { 3: [...slice({ frameNumber: 3 }), ...slice({ firstMacroblock: 9, frameNumber: 4 })] }),
  ],
  ["FrameNumber", "a gap", () => transportStream(pictures(9).toSpliced(4, 1))],
  ["FrameNumber", "an IDR picture with one", () => stream(8, { 0: first({ frameNumber: 1 }) })],
  ["FirstPicture", "no IDR picture", () => stream(8, { 0: first({ idr: false }) })],
  ["NoPicture", "parameter sets only", () => stream(1, { 0: sets() })],
  ["NoTime", "without a time", () => transportStream(changed(pictures(8), (_, i) => (i === 3 ? { pts: null } : {})))],
  ["NoTime", "two in one packet", () => stream(8, { 3: [...slice({ frameNumber: 3 }), ...slice({ frameNumber: 4 })] })],
  [
    "TimeOrder",
    "twice the same",
    () => transportStream(changed(pictures(8), (_, i) => (i === 4 ? { pts: START } : {}))),
  ],
  ["TimeOrder", "17 later ones before it", () => transportStream(reordered(17))],
  [
    "TimeRange",
    "hours away",
    () => transportStream(changed(pictures(8), (_, i) => (i === 4 ? { pts: START + 2 ** 30 } : {}))),
  ],
  [
    "TimeRange",
    "hours ago",
    () => transportStream(changed(pictures(8), (_, i) => (i === 4 ? { pts: START - 2 ** 30 - 1 } : {}))),
  ],
  ["ProgramTables", "a map that is not current", () => withSection(PMT, (map) => map.with(5, 0xc0))],
  ["ProgramTables", "a map of another syntax", () => withSection(PMT, (map) => map.with(1, 0x30))],
  ["ProgramTables", "a map whose descriptors are longer than it", () => withSection(PMT, (map) => map.with(11, 200))],
  ["ProgramTables", "a map whose stream is longer than it", () => withSection(PMT, (map) => map.with(16, 3))],
  ["ProgramTables", "an association with the network only", () => withSection(PAT, (section) => section.with(9, 0))],
  [
    "ProgramTables",
    "another map of the same length later",
    () => segmentOf([...packetsOf(SOURCE), packetsOf(withSection(PMT, (map) => map.with(5, 0xc3)))[PMT]!]),
  ],
  [
    "NoTime",
    "a time of four bytes",
    () => {
      const packets = packetsOf(SOURCE);
      const { bytes } = packets[VIDEO]!;
      // The fifth is the first of the stream, then.
      bytes[payloadOf(bytes) + 8] = 4;
      bytes[payloadOf(bytes) + 13] = 0;
      return segmentOf(packets, true);
    },
  ],
  [
    "NoTime",
    "two in one packet, the first a second field",
    () =>
      transportStream([
        { pts: START, payload: [...interlacedSets(), ...slice({ idr: true, frameNumber: 0, field: "top" })] },
        {
          pts: START + 1,
          payload: [
            ...slice({ frameNumber: 0, field: "bottom" }),
            ...unit(9, [0xf0]),
            ...slice({ frameNumber: 1, field: "top" }),
          ],
        },
      ]),
  ],
  [
    "FrameNumber",
    "a gap behind a picture to which none refers",
    () => stream(8, { 3: slice({ frameNumber: 3, isReference: false }) }),
  ],
  [
    "SliceHeader",
    "a macroblock behind the field",
    () => {
      const field = slice({ idr: true, frameNumber: 0, field: "top" });
      const behind = slice({ idr: true, frameNumber: 0, field: "top", firstMacroblock: 120 });
      return stream(1, { 0: [...interlacedSets(), ...field, ...behind] });
    },
  ],
  [
    "SliceHeader",
    "a slice of the other field",
    () => {
      const field = slice({ idr: true, frameNumber: 0, field: "top" });
      const other = slice({ idr: true, frameNumber: 0, field: "bottom", firstMacroblock: 60 });
      return stream(1, { 0: [...interlacedSets(), ...field, ...other] });
    },
  ],
  [
    "SliceHeader",
    "a slice that is none of an IDR picture in one",
    () => stream(1, { 0: [...first(), ...slice({ frameNumber: 0, firstMacroblock: 60 })] }),
  ],
  [
    "SliceHeader",
    "a unit before a slice that goes on",
    () => {
      const prefix = unit(14, [1, 2, 3]);
      return stream(8, {
        3: [...slice({ frameNumber: 3 }), ...prefix, ...slice({ frameNumber: 3, firstMacroblock: 60 })],
      });
    },
  ],
  [
    "SequenceParameters",
    "1,026 macroblocks of fields",
    () => stream(8, { 0: sequenceParameters({ ...SIZE, height: 513, interlaced: true }) }),
  ],
  [
    "SequenceParameters",
    "a cycle of 256",
    () => {
      const bits = new BitWriter().u(8, 66).u(8, 0xc0).u(8, 30).ue(0).ue(0).ue(1).u(1, 0).ue(0).ue(0).ue(256);
      for (let i = 0; i < 256; i += 1) bits.ue(0);
      bits
        .ue(1)
        .u(1, 0)
        .ue(SIZE.width - 1)
        .ue(SIZE.height - 1)
        .u(1, 1)
        .u(1, 1)
        .u(1, 0)
        .u(1, 0);
      return stream(8, { 0: [...unit(0x67, bits.bytes()), ...first().slice(sequenceParameters(SIZE).length)] });
    },
  ],
  [
    "SequenceParameters",
    "a code of 65 bits",
    () =>
      stream(8, {
        0: unit(
          0x67,
          new BitWriter()
            .u(8, 66)
            .u(8, 0xc0)
            .u(8, 30)
            .u(32, 0)
            .u(32, 2 ** 31)
            .u(32, 1)
            .u(32, 1)
            .bytes(),
        ),
      }),
  ],
  [
    "ParametersMissing",
    "sequence parameters only",
    () => stream(8, { 0: [...sequenceParameters(SIZE), ...slice({ idr: true, frameNumber: 0 })] }),
  ],
];

/** A picture comes after so many that are shown after it. */
function reordered(later: number): Elementary[] {
  return changed(pictures(later + 2), (_, i) => (i === later + 1 ? { pts: START + 1 } : {}));
}

/** Wrong only for an output: code, what it is, the output, and what else it depends on. */
const WRONG: readonly [FindingCode, string, () => Buffer, StructureParameters?, Uint8Array?][] = [
  ["SegmentBytes", "a packet too many", () => SOURCE, row({ outputBytes: SOURCE.length - 1 })],
  [
    "Units",
    "one too many",
    () => stream(8, { 7: [...unit(9, [0xf0]), ...slice({ frameNumber: 7 })] }),
    { ...PARAMETERS, units: 10 },
  ],
  ["Pictures", "one too many", () => stream(9), { ...PARAMETERS, pictures: 8 }],
  ["PictureSize", "another width", () => SOURCE, row({ width: 318 })],
  [
    "PictureSize",
    "another height",
    () =>
      stream(8, {
        0: [
          ...sequenceParameters({ ...SIZE, crop: [0, 0, 0, 4] }),
          ...pictureParameters(),
          ...slice({ idr: true, frameNumber: 0 }),
        ],
      }),
  ],
  ["Profile", "not allowed", () => SOURCE, row({ profiles: 14 })],
  [
    "Profile",
    "Baseline",
    () =>
      stream(8, {
        0: [...sequenceParameters({ ...SIZE, profile: [66, 0] }), ...first().slice(sequenceParameters(SIZE).length)],
      }),
  ],
  [
    "Profile",
    "High in 4:2:2",
    () => stream(8, { 0: highFirst({ profile: 100, chromaFormat: 2 }) }),
    row({ profiles: 15 }),
  ],
  [
    "Profile",
    "High with nine bits",
    () => stream(8, { 0: highFirst({ profile: 100, depth: 1 }) }),
    row({ profiles: 15 }),
  ],
  ["Profile", "4:4:4", () => stream(8, { 0: highFirst({ profile: 244, chromaFormat: 3 }) }), row({ profiles: 15 })],
  ["Profile", "High 10", () => stream(8, { 0: highFirst({ profile: 110 }) }), row({ profiles: 15 })],
  ["Level", "too high", () => SOURCE, row({ level: 29 })],
  [
    "OtherSegment",
    "the one before",
    () => transportStream(changed(pictures(8), ({ pts }) => ({ pts: pts! - 8 * TICKS }))),
  ],
  [
    "OtherSegment",
    "the one after",
    () => transportStream(changed(pictures(8), ({ pts }) => ({ pts: pts! + 8 * TICKS }))),
  ],
  ["PictureMissing", "the last", () => stream(7)],
  [
    "PictureMissing",
    "one in between",
    () => transportStream(changed(pictures(7), ({ pts }, i) => (i < 3 ? {} : { pts: pts! + TICKS }))),
  ],
  ["PictureAdded", "at the end", () => stream(9)],
  [
    "PictureAdded",
    "one in between",
    () => transportStream(changed(pictures(9), ({ pts }, i) => (i < 3 ? {} : { pts: pts! - 9 }))),
  ],
  ["TimeDiffers", "two ticks late", () => transportStream(changed(pictures(8), ({ pts }) => ({ pts: pts! + 2 })))],
  [
    "TimeDiffers",
    "two ticks early",
    () => transportStream(changed(pictures(8), ({ pts }, i) => (i === 5 ? { pts: pts! - 2 } : {}))),
  ],
  ["Audio", "lost", () => SOURCE, PARAMETERS, transportStream(pictures(8), 0x1b, 0x0f)],
  ["Audio", "added", () => transportStream(pictures(8), 0x0f + 0x0c, 0x0f)],
];

describe("findings of the structure program", () => {
  it("has streams that pass unless something is changed", () => {
    expect(judge(SOURCE)).to.include({ verdict: "pass", finding: null, sourcePictures: 8, outputPictures: 8 });
  });

  for (const [code, what, make] of MALFORMED) {
    it(`V2: ${code}: ${what}: fault in an output, void in a source`, () => {
      const segment = make();
      const asOutput = judge(segment);
      expect(asOutput.verdict).to.equal("fault");
      expect(asOutput.finding).to.include({ code, where: "output" });
      const asSource = judge(SOURCE, segment);
      expect(asSource.verdict).to.equal("void");
      expect(asSource.finding).to.include({ code, where: "source" });
    });
  }

  for (const [code, what, make, parameters, source] of WRONG) {
    it(`V2: ${code}: ${what}`, () => {
      const { verdict, finding } = judge(make(), source, parameters);
      expect(verdict).to.equal("fault");
      expect(finding).to.include({ code, where: "output" });
    });
  }

  it("limits the source, too", () => {
    const limits: [FindingCode, Partial<StructureParameters>][] = [
      ["SegmentBytes", { sourceBytes: SOURCE.length - 1 }],
      ["Units", { units: 9 }],
      ["Pictures", { pictures: 7 }],
    ];
    for (const [code, limit] of limits) {
      const { verdict, finding } = judge(SOURCE, SOURCE, { ...PARAMETERS, ...limit });
      expect(verdict, code).to.equal("void");
      expect(finding, code).to.include({ code, where: "source" });
    }
  });

  it("does not ask of the source what it asks of the output, but that its size stays", () => {
    const other = { ...SIZE, width: 40, profile: [88, 0] as const };
    const large = [...sequenceParameters(other), ...pictureParameters(), ...slice({ idr: true, frameNumber: 0 })];
    expect(judge(SOURCE, stream(8, { 0: large }))).to.include({ verdict: "pass" });
    const changes = [...sequenceParameters(other), ...slice({ idr: true, frameNumber: 0 })];
    const { verdict, finding } = judge(SOURCE, stream(8, { 5: changes }));
    expect(verdict).to.equal("void");
    expect(finding).to.include({ code: "PictureSize", where: "source", picture: 5 });
  });

  it("is void without an output of that number", () => {
    const { verdict, finding } = judge(SOURCE, SOURCE, PARAMETERS, 2);
    expect(verdict).to.equal("void");
    expect(finding).to.include({ code: "ParametersInvalid", where: "parameters" });
  });

  it("says where it is and what was expected", () => {
    const found = (output: Buffer, parameters = PARAMETERS) =>
      describeFinding(judge(output, SOURCE, parameters).finding!);
    expect(found(SOURCE, row({ width: 318 }))).to.equal(
      "output: the picture's size is wrong or changes (PictureSize; byte 564, picture 0, expected 318x192, found 320x192)",
    );
    expect(found(stream(7))).to.equal(
      "output: pictures of the source are missing (PictureMissing; byte 1692, picture 7, expected 8, found 7)",
    );
    expect(found(transportStream(changed(pictures(8), ({ pts }, i) => (i === 5 ? { pts: pts! - 2 } : {}))))).to.equal(
      "output: a picture's time is not the source's (TimeDiffers; byte 1880, picture 5, expected 15000, found 14998)",
    );
    expect(
      found(
        withByte(
          4,
          () => 0,
          () => 0,
        ),
      ),
    ).to.equal("output: a packet does not begin with the synchronisation byte (Sync; byte 752, picture 0)");
  });

  it("reaches each finding here", () => {
    const reached = new Set([...MALFORMED, ...WRONG].map(([code]) => code)).add("ParametersInvalid");
    expect([...reached].sort()).to.deep.equal(
      Object.values(FINDINGS)
        .map(([code]) => code)
        .sort(),
    );
  });

  it("has the numbers of the program's source", () => {
    const header = new URL("../../../../offchain/vm/guest/structure/report.h", import.meta.url);
    const listed = [...readFileSync(header, "utf8").matchAll(/^ {2}[A-Z_]+ = (\d+),$/gm)].map(([, number]) =>
      Number(number),
    );
    expect(listed).to.deep.equal([0, ...Object.keys(FINDINGS).map(Number)]);
  });
});
