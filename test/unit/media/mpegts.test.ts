import { expect } from "chai";
import fc from "fast-check";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import type { ClipName } from "./clips.ts";
import { Workshop } from "./clips.ts";
import { pictureParameters, sequenceParameters, slice, transportStream } from "./synthetic.ts";

function reasonOf(bytes: Uint8Array): string {
  try {
    parseSegment(bytes);
  } catch (error) {
    if (isStreamflowError(error, "SegmentInvalid")) return String(error.data["reason"]);
    throw error;
  }
  return "valid";
}

describe("parseSegment", () => {
  let workshop: Workshop;
  before(async () => (workshop = await Workshop.open()));
  after(() => workshop.close());

  /** A clip as one MPEG-TS segment, at ten seconds. */
  async function segment(name: ClipName): Promise<{ path: string; bytes: Buffer }> {
    const path = workshop.path(`${name}.ts`);
    const args = [
      "-i",
      await workshop.clip(name),
      "-c",
      "copy",
      "-muxdelay",
      "0",
      "-output_ts_offset",
      "10",
      "-y",
      path,
    ];
    await workshop.run(args);
    return { path, bytes: await readFile(path) };
  }

  describe("refuses", () => {
    const sps = sequenceParameters({ width: 20, height: 12 });
    const idr = [...sps, ...pictureParameters(), ...slice({ idr: true, frameNumber: 0 })];

    it("nothing", () => {
      expect(reasonOf(new Uint8Array())).to.equal("it is empty");
    });

    it("what is not cut at packets", async () => {
      const { bytes } = await segment("normal.mp4");
      expect(reasonOf(bytes.subarray(0, 1_000))).to.include("1000 bytes are not a whole number of packets");
    });

    it("what is no MPEG-TS", () => {
      expect(reasonOf(Buffer.alloc(1_880, "no video "))).to.include("lost synchronisation at byte 0");
    });

    it("packets without a table of programs", () => {
      const packet = Buffer.alloc(188, 0xff);
      packet.set([0x47, 0x1f, 0xff, 0x10]);
      expect(reasonOf(packet)).to.equal("it has no program table");
    });

    it("another video codec", async () => {
      expect(reasonOf(await readFile(await workshop.clip("mpeg2.ts")))).to.equal("its video is MPEG-2, not H.264");
    });

    it("another audio codec", async () => {
      expect(reasonOf(await readFile(await workshop.clip("ac3.ts")))).to.equal("its audio is AC-3, not AAC");
    });

    it("a lost packet", async () => {
      const { bytes } = await segment("silent.mp4");
      const cut = 188 * 20;
      expect(reasonOf(Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + 188)]))).to.include(
        "packets are missing",
      );
    });

    it("a picture before its parameter sets", () => {
      const bytes = transportStream([{ pts: 0, payload: slice({ idr: true, frameNumber: 0 }) }]);
      expect(reasonOf(bytes)).to.equal("a picture comes before its parameter sets");
    });

    it("a picture without a time", () => {
      expect(reasonOf(transportStream([{ pts: null, payload: idr }]))).to.equal("picture 0 has no time");
      const two = [...idr, ...slice({ frameNumber: 1 })];
      expect(reasonOf(transportStream([{ pts: 0, payload: two }]))).to.equal("picture 1 has no time");
    });

    it("two pictures at one time", () => {
      const second = { pts: 9_000, payload: slice({ frameNumber: 1 }) };
      expect(reasonOf(transportStream([{ pts: 9_000, payload: idr }, second]))).to.equal(
        "two pictures have the time 9000",
      );
    });

    it("a picture that changes its size", () => {
      const larger = [
        ...sequenceParameters({ id: 1, width: 30, height: 12 }),
        ...pictureParameters(1, 1),
        ...slice({ idr: true, frameNumber: 0, parameters: 1 }),
      ];
      const bytes = transportStream([
        { pts: 0, payload: idr },
        { pts: 3_000, payload: larger },
      ]);
      expect(reasonOf(bytes)).to.equal("the picture's size changes within it");
    });

    it("a picture that would fill the memory", () => {
      const payload = [...sequenceParameters({ width: 513, height: 513 }), ...pictureParameters()];
      expect(reasonOf(transportStream([{ pts: 0, payload }]))).to.include("too large");
    });

    it("tables without a picture", () => {
      expect(reasonOf(transportStream([{ pts: 0, payload: sps }]))).to.equal("it has no picture");
    });
  });

  describe("agrees with ffmpeg on", () => {
    const cases: [ClipName, number, number, number[]][] = [
      ["normal.mp4", 320, 180, [0, 60, 120]],
      ["silent.mp4", 320, 180, [0, 30, 60, 90]],
      ["vertical.mp4", 540, 960, [0, 60]],
      ["variable.mp4", 320, 180, []],
      ["slow.mp4", 320, 180, [0, 25, 50]],
      ["short.mp4", 320, 180, [0]],
      ["mbaff.ts", 320, 192, [0]],
    ];
    for (const [name, width, height, keyframes] of cases) {
      it(`${name}: frames, times, size, keyframes`, async () => {
        const { path, bytes } = await segment(name);
        const info = parseSegment(bytes);
        expect(info.pts).to.deep.equal(await workshop.decodedTimes(path));
        expect(info.frames).to.equal(info.pts.length);
        expect([info.video.width, info.video.height]).to.deep.equal([width, height]);
        if (keyframes.length > 0) expect(info.keyframes).to.deep.equal(keyframes);
        expect(info.startsWithKeyframe).to.be.true;
        expect(info.recoveryPoints).to.deep.equal([]);
      });
    }
  });

  it("gives durations and codec strings", async () => {
    const { bytes } = await segment("slow.mp4");
    const info = parseSegment(bytes);
    expect(info.durationMs).to.equal(6_000);
    expect(info.durationTicks).to.equal(540_000);
    expect(info.video.codec).to.match(/^avc1\.42c0[0-9a-f]{2}$/);
    expect(info.audio?.codec).to.equal("mp4a.40.2");
    expect(parseSegment((await segment("silent.mp4")).bytes).audio).to.equal(null);
  });

  it("tells an entry point that depends on earlier pictures from a keyframe", async () => {
    const { bytes } = await segment("open-gop.mp4");
    const info = parseSegment(bytes);
    expect(info.keyframes).to.deep.equal([0]);
    expect(info.recoveryPoints).to.have.length(3);
  });

  it("follows times across the wrap of their 33 bits", async () => {
    const info = parseSegment(await readFile(await workshop.clip("wrap.ts")));
    expect(info.frames).to.equal(60);
    expect(info.firstPts).to.be.below(2 ** 33);
    expect(info.lastPts).to.be.above(2 ** 33);
    expect(info.durationMs).to.equal(2_000);
  });

  it("counts two fields as one frame, in one packet or in two, and measures a stream of fields in full height", () => {
    const interlaced = true;
    const head = [
      ...sequenceParameters({ width: 20, height: 6, interlaced, crop: [0, 2, 0, 3] }),
      ...pictureParameters(),
    ];
    const bytes = transportStream([
      {
        pts: 0,
        payload: [
          ...head,
          ...slice({ idr: true, frameNumber: 0, field: "top" }),
          ...slice({ frameNumber: 0, field: "bottom" }),
        ],
      },
      { pts: 3_600, payload: slice({ frameNumber: 1, field: "bottom" }) },
      { pts: 5_400, payload: slice({ frameNumber: 1, field: "top" }) },
      { pts: 7_200, payload: slice({ frameNumber: 2, interlaced }) },
    ]);
    const info = parseSegment(bytes);
    expect(info.pts).to.deep.equal([0, 3_600, 7_200]);
    expect(info.video).to.include({ width: 320 - 4, height: 192 - 12 });
  });

  it("counts a picture of several slices once, and uses the parameter sets that it names", () => {
    const payload = [
      ...sequenceParameters({ id: 0, width: 99, height: 99 }),
      ...sequenceParameters({ id: 3, width: 20, height: 12, crop: [0, 0, 0, 6] }),
      ...pictureParameters(0, 0),
      ...pictureParameters(5, 3),
      ...slice({ idr: true, frameNumber: 0, parameters: 5 }),
      ...slice({ idr: true, frameNumber: 0, parameters: 5, firstMacroblock: 20 }),
    ];
    const info = parseSegment(transportStream([{ pts: 1, payload }]));
    expect(info.frames).to.equal(1);
    expect(info.video).to.include({ width: 320, height: 180 });
    expect(info.durationTicks, "a lone frame").to.equal(3_600);
  });

  it("accepts a packet that was sent twice", async () => {
    const { bytes } = await segment("silent.mp4");
    const at =
      [...Array(bytes.length / 188).keys()].find((index) => index > 20 && (bytes[index * 188 + 3] ?? 0) >> 4 === 1) ??
      0;
    const twice = Buffer.concat([bytes.subarray(0, (at + 1) * 188), bytes.subarray(at * 188)]);
    expect(parseSegment(twice).pts).to.deep.equal(parseSegment(bytes).pts);
  });

  it("agrees with ffprobe, where there is one", async function () {
    const { path, bytes } = await segment("normal.mp4");
    const entries = "stream=width,height,level,nb_read_packets:packet=pts";
    const args = [
      "-v",
      "error",
      "-select_streams",
      "v",
      "-count_packets",
      "-show_entries",
      entries,
      "-of",
      "json",
      path,
    ];
    let answer: string;
    try {
      ({ stdout: answer } = await promisify(execFile)("ffprobe", args));
    } catch {
      process.stderr.write("      notice: no ffprobe on the path, the comparison is skipped\n");
      this.skip();
    }
    const probe = JSON.parse(answer) as { streams: [Record<string, unknown>]; packets: { pts: number }[] };
    const info = parseSegment(bytes);
    const { width, height, level } = info.video;
    expect(probe.streams[0]).to.include({ width, height, level, nb_read_packets: String(info.frames) });
    expect(probe.packets.map(({ pts }) => pts).sort((a, b) => a - b)).to.deep.equal(info.pts);
  });

  describe("is total", () => {
    // Either a description that hangs together, or the coded error; anything else fails the run.
    const check = (bytes: Uint8Array): void => {
      if (reasonOf(bytes) !== "valid") return;
      const info = parseSegment(bytes);
      expect(info.frames).to.equal(info.pts.length).and.to.be.above(0);
      expect(info.durationTicks).to.be.above(0);
      expect(info.firstPts).to.be.within(0, 2 ** 33 - 1);
    };

    it("on random bytes, aligned or not", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), check), { seed: 1, numRuns: 500 });
      const packet = fc.uint8Array({ minLength: 187, maxLength: 187 }).map((rest) => Buffer.from([0x47, ...rest]));
      fc.assert(
        fc.property(fc.array(packet, { maxLength: 12 }), (all) => check(Buffer.concat(all))),
        { seed: 2, numRuns: 500 },
      );
    });

    it("on random elementary streams", () => {
      const units = fc.array(
        fc
          .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 80 }))
          .map(([header, rest]) => [0, 0, 1, header, ...rest]),
        { maxLength: 12 },
      );
      const property = fc.property(fc.array(units, { maxLength: 4 }), (packets) =>
        check(transportStream(packets.map((packet, index) => ({ pts: index * 3_000, payload: packet.flat() })))),
      );
      fc.assert(property, { seed: 3, numRuns: 500 });
    });

    it("on real segments with mutated, missing and repeated bytes", async () => {
      for (const name of ["silent.mp4", "slow.mp4"] as const) {
        const real = (await segment(name)).bytes.subarray(0, 188 * 150);
        const edits = fc.array(fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 40,
        });
        const headerEdits = fc.array(fc.tuple(fc.nat(149), fc.nat(30), fc.integer({ min: 0, max: 255 })), {
          maxLength: 40,
        });
        const property = fc.property(edits, headerEdits, fc.nat(real.length), (anywhere, inHeaders, end) => {
          const bytes = Buffer.from(real);
          for (const [at, value] of anywhere) bytes[at] = value;
          // Position 0 is the synchronisation byte, whose loss is a dull ending.
          for (const [index, at, value] of inHeaders) bytes[index * 188 + 1 + at] = value;
          for (let at = 0; at < bytes.length; at += 188) bytes[at] = 0x47;
          check(bytes);
          check(bytes.subarray(0, end));
          check(bytes.subarray(0, end - (end % 188)));
        });
        fc.assert(property, { seed: 4, numRuns: 300 });
      }
    });
  });
});
