import { expect } from "chai";
import { PTS_MODULUS } from "../../../../offchain/media/transport.ts";
import { packetsOf, segmentOf } from "../../../fixtures/structure/edit.ts";
import {
  type Elementary,
  pictureParameters,
  sequenceParameters,
  slice,
  transportStream,
  unit,
} from "../../media/synthetic.ts";
import {
  changed,
  highFirst,
  interlacedSets,
  judge,
  PARAMETERS,
  pictures,
  sets,
  SIZE,
  stream,
  TICKS,
  withSection,
} from "./streams.ts";

/** The output passes, and the segment is a source against which it does. */
function expectAccepted(segment: Uint8Array, frames = 8, source = segment): void {
  const { verdict, finding, sourcePictures, outputPictures } = judge(segment, source);
  expect({ verdict, finding, sourcePictures, outputPictures }).to.deep.equal({
    verdict: "pass",
    finding: null,
    sourcePictures: frames,
    outputPictures: frames,
  });
}

describe("what the structure program accepts", () => {
  it("V2: times within the tolerance", () => {
    for (const ticks of [-1, 1]) {
      expectAccepted(transportStream(changed(pictures(8), ({ pts }) => ({ pts: pts! + ticks }))), 8, stream());
    }
  });

  it("V2: times that wrap around", () => {
    const base = PTS_MODULUS - 3 * TICKS;
    const wrapped = changed(pictures(8), (_, i) => ({ pts: (base + i * TICKS) % PTS_MODULUS }));
    expectAccepted(transportStream(wrapped));
    // A tick earlier or later the wrap comes elsewhere.
    for (const ticks of [-1, 1]) {
      const moved = changed(wrapped, ({ pts }) => ({ pts: (pts! + ticks) % PTS_MODULUS }));
      expectAccepted(transportStream(moved), 8, transportStream(wrapped));
    }
  });

  it("V2: 16 pictures that are shown after a later one", () => {
    const reordered = changed(pictures(18), ({ pts }, i) => ({ pts: i === 17 ? pts! - 17 * TICKS + 1 : pts }));
    expectAccepted(transportStream(reordered), 18);
  });

  it("V2: every second picture, where that was agreed on", () => {
    for (const count of [8, 9]) {
      const halves = changed(pictures(Math.ceil(count / 2)), ({ pts }, i) => ({ pts: pts! + i * TICKS }));
      expect(judge(transportStream(halves), stream(count), PARAMETERS, 1)).to.include({ verdict: "pass" });
      expect(judge(stream(count), stream(count), PARAMETERS, 1).finding).to.include({
        code: "PictureAdded",
        expected: halves.length,
      });
      // Within the source's time, though behind its first half.
      const late = changed(halves, ({ pts }) => ({ pts: pts! + 5 * TICKS }));
      expect(judge(transportStream(late), stream(count), PARAMETERS, 1).finding).to.include({ code: "TimeDiffers" });
    }
  });

  it("V2: pictures of several slices, and pictures to which none refers", () => {
    const sliced = [0, 7, 100, 239].flatMap((firstMacroblock) => slice({ firstMacroblock, frameNumber: 3 }));
    expectAccepted(stream(8, { 3: sliced }));
    const unused = { 3: slice({ frameNumber: 3, isReference: false }), 4: slice({ frameNumber: 3 }) };
    const rest = Object.fromEntries([5, 6, 7].map((i) => [i, slice({ frameNumber: i - 1 })]));
    expectAccepted(stream(8, { ...unused, ...rest }));
  });

  it("V2: gaps in the numbers of frames, where the stream says so", () => {
    const gaps = [...sequenceParameters({ ...SIZE, gaps: true }), ...pictureParameters()];
    expectAccepted(stream(8, { 0: [...gaps, ...slice({ idr: true, frameNumber: 0 })], 3: slice({ frameNumber: 9 }) }));
  });

  it("V2: fields in one elementary packet or in two", () => {
    const interlaced = interlacedSets();
    const field = (i: number, parity: "top" | "bottom") => slice({ idr: i === 0, frameNumber: i, field: parity });
    const one = Array.from({ length: 4 }, (_, i): Elementary => {
      return { pts: i * TICKS, payload: [...(i === 0 ? interlaced : []), ...field(i, "top"), ...field(i, "bottom")] };
    });
    const two = one.flatMap(({ pts }, i): Elementary[] => [
      { pts, payload: [...(i === 0 ? interlaced : []), ...field(i, "top")] },
      { pts: pts! + 1, payload: field(i, "bottom") },
    ]);
    expectAccepted(transportStream(one), 4);
    expectAccepted(transportStream(two), 4, transportStream(one));
  });

  it("V2: a field after one of the same parity, as a picture of its own", () => {
    const field = (i: number) => slice({ idr: i === 0, frameNumber: 0, field: "top" });
    const single = pictures(4, { 0: [...interlacedSets(), ...field(0)], 1: field(1), 2: field(2), 3: field(3) });
    expectAccepted(transportStream(single), 4);
  });

  it("V2: sizes that are cropped, in frames and in fields", () => {
    const cropped = { ...PARAMETERS.outputs[0]!, width: 316, height: 184 };
    const parameters = { ...PARAMETERS, outputs: [cropped] };
    const frames = [...sequenceParameters({ ...SIZE, crop: [1, 1, 1, 3] }), ...pictureParameters()];
    const whole = { idr: true, frameNumber: 0, interlaced: true };
    for (const [what, output] of [
      ["frames", stream(1, { 0: [...frames, ...slice({ idr: true, frameNumber: 0 })] })],
      ["fields", stream(1, { 0: [...interlacedSets([1, 1, 1, 1]), ...slice(whole)] })],
    ] as const) {
      const judged = judge(output, output, parameters);
      expect(judged, what).to.include({ verdict: "pass" });
    }
  });

  it("V2: each profile that was agreed on, with scaling lists of any kind", () => {
    const flat = (length: number) => Array<number>(length).fill(0);
    const lists = [flat(16), [-8], [5, -13], [3, -11], flat(16), [-8], [-4, 2, 2, -8], flat(64)];
    for (const [profiles, fields] of [
      [4, { profile: 100 }],
      [4, { profile: 100, lists }],
      [8, { profile: 244, lists: lists.slice(0, 3) }],
    ] as const) {
      const parameters = { ...PARAMETERS, outputs: [{ ...PARAMETERS.outputs[0]!, profiles }] };
      const output = stream(8, { 0: highFirst(fields) });
      const judged = judge(output, output, parameters);
      expect(judged, JSON.stringify(fields)).to.include({ verdict: "pass" });
    }
  });

  it("V2: one picture, at either end of the tolerance", () => {
    for (const ticks of [-1, 0, 1]) {
      expectAccepted(transportStream(changed(pictures(1), ({ pts }) => ({ pts: pts! + ticks }))), 1, stream(1));
    }
  });

  it("V2: an association that names the network first", () => {
    const withNetwork = withSection(0, (section) => [...section.slice(0, 8), 0, 0, 0xe0, 0x10, ...section.slice(8)]);
    expectAccepted(withNetwork);
  });

  it("V2: start codes, headers and escapes that lie across packets", () => {
    // Filler data moves what follows by one byte from picture to picture, over more than a packet.
    const escaped = sequenceParameters({ ...SIZE, id: 3, references: 2 ** 30 - 1 });
    const moved = pictures(200).map(({ pts, payload }, i): Elementary => {
      const filler = unit(12, Array<number>(i).fill(0xff));
      const rest = i === 0 ? payload : slice({ frameNumber: i & 15, parameters: 7 });
      return {
        pts,
        payload: [...filler, ...unit(9, [0xf0]), ...escaped, ...pictureParameters(7, 3), ...rest, ...filler, 0, 0, 0],
      };
    });
    expectAccepted(transportStream(moved), 200);
  });

  it("V2: headers that have to be escaped", () => {
    const escape = Buffer.from([0, 0, 3]);
    // So many zeros that some lie as whole bytes, wherever the number begins.
    const escaped = sequenceParameters({ ...SIZE, references: 2 ** 30 - 1 });
    expect(Buffer.from(escaped).includes(escape)).to.equal(true);
    expectAccepted(stream(8, { 0: [...escaped, ...pictureParameters(), ...slice({ idr: true, frameNumber: 0 })] }));
  });

  it("V2: zeros between units, and units that it does not know", () => {
    const zeros = Array<number>(500).fill(0);
    const padded = [
      ...zeros,
      ...sets(),
      ...zeros,
      ...unit(0x1e, [1, 2, 3]),
      ...slice({ idr: true, frameNumber: 0 }),
      ...zeros,
    ];
    expectAccepted(stream(8, { 0: padded }));
  });

  it("V2: other streams, empty packets, and the same tables again", () => {
    const packets = packetsOf(stream());
    const [association, map] = packets;
    const other = { bytes: Buffer.from([0x47, 0x1f, 0xff, 0x10, ...Array<number>(184).fill(0)]), pid: 0x1fff };
    const withoutPayload = { bytes: Buffer.from([0x47, 1, 0, 0x20, 183, ...Array<number>(183).fill(0)]), pid: 0x100 };
    const full = { ...withoutPayload, bytes: Buffer.from(withoutPayload.bytes) };
    // It says that it has a payload, but has no room for one.
    full.bytes[3] = 0x30;
    const more = segmentOf(packets.flatMap((packet) => [packet, association!, map!, other, withoutPayload]));
    expectAccepted(Buffer.concat([more, full.bytes]), 8, stream());
  });

  it("V2: lengths of elementary packets that are right", () => {
    const packets = packetsOf(stream());
    const payload = packets[4]!.bytes;
    const at = payload.indexOf(Buffer.from([0, 0, 1, 0xe0]));
    payload.writeUInt16BE(188 - at - 6, at + 4);
    expectAccepted(segmentOf(packets));
  });
});
