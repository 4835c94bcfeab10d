import { readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { CATALOGUE } from "../../../offchain/errors.ts";
import type { FfmpegInfo, FfmpegRunner, Rendition } from "../../../offchain/media/interface.ts";
import { ladderArguments } from "../../../offchain/media/ladder.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import { limitedCommand, startFfmpeg } from "../../../offchain/media/process.ts";
import { createRunner } from "../../../offchain/media/runner.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import { codeOf, Workshop } from "./clips.ts";
import { type Elementary, pictureParameters, sequenceParameters, slice, transportStream } from "./synthetic.ts";

const MEMORY_BYTES = 512 * 2 ** 20;
const RENDITIONS: Rendition[] = [
  { name: "out", width: 64, height: 64, encoder: "auditable", preset: "ultrafast", crf: 30 },
];
const FRAME_TICKS = 3_000;

/** A stream with these macroblocks in a picture, of which each picture is one empty slice. */
function pictures(count: number, width: number, height: number): Buffer {
  const packets: Elementary[] = Array.from({ length: count }, (_, i) => ({
    pts: i * FRAME_TICKS,
    payload: [
      ...(i === 0 ? [...sequenceParameters({ width, height }), ...pictureParameters()] : []),
      ...slice({ idr: i === 0, frameNumber: i & 15 }),
    ],
  }));
  return transportStream(packets);
}

describe("media made to do harm", () => {
  let workshop: Workshop;
  let ffmpeg: FfmpegInfo;
  let runner: FfmpegRunner;
  let honest: Buffer;

  before(async () => {
    workshop = await Workshop.open();
    ffmpeg = { ...workshop.ffmpeg, memoryBytes: MEMORY_BYTES };
    runner = createRunner(ffmpeg);
    const path = await workshop.clip("silent.mp4");
    await workshop.run(["-i", path, "-c", "copy", "-t", "0.9", "-f", "mpegts", workshop.path("honest.ts")]);
    honest = await readFile(workshop.path("honest.ts"));
  });
  after(() => workshop.close());

  const attempt = (bytes: Uint8Array, timeoutMs = 20_000) =>
    codeOf(() => transcode(runner, bytes, RENDITIONS, { timeoutMs, workDir: workshop.directory }));

  /** The same without what this software checks first: all that ffmpeg itself makes of it. */
  async function ffmpegAlone(bytes: Uint8Array): Promise<string> {
    const [input, output] = [workshop.path("hostile.ts"), workshop.path("out.ts")];
    await writeFile(input, bytes);
    return codeOf(
      runner.run({ ...ladderArguments(RENDITIONS, { input, outputs: [output] }, null), timeoutMs: 20_000 }),
    );
  }

  it("is what the others here are not: an honest segment is transcoded within the limit", async () => {
    const [made] = await transcode(runner, honest, RENDITIONS, { timeoutMs: 20_000 });
    expect(made?.info.frames).to.equal(parseSegment(honest).frames);
  });

  // Each of them is an answer with a code, or work that was done; never a crash of this process.
  const CODES = [...Object.keys(CATALOGUE), "no error"];
  const hostile: Record<string, () => Uint8Array> = {
    "pictures of 2^20 x 2^20 pixels": () => pictures(2, 2 ** 16, 2 ** 16),
    "pictures of 16,384 x 16,384 pixels": () => pictures(2, 1_024, 1_024),
    "10,000 frames of one macroblock": () => pictures(10_000, 1, 1),
    "an elementary packet without an end": () =>
      transportStream([
        { pts: 0, payload: [...sequenceParameters({ width: 4, height: 4 }), ...Array<number>(300_000).fill(0xaa)] },
      ]),
    "a concat list": () => Buffer.from("ffconcat version 1.0\nfile /etc/hostname\n".repeat(50)),
    "a playlist": () =>
      Buffer.from("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/x.ts\n".repeat(20)),
    "half of a segment": () => honest.subarray(0, honest.length >> 1),
    zeros: () => Buffer.alloc(1_000_000),
    nothing: () => Buffer.alloc(0),
  };
  for (const [name, make] of Object.entries(hostile)) {
    it(`N3: ${name}`, async () => {
      const bytes = make();
      const before = process.memoryUsage().rss;
      expect(await attempt(bytes)).to.be.oneOf(CODES);
      expect(await ffmpegAlone(bytes)).to.be.oneOf(["FfmpegFailed", "FfmpegTimedOut", "no error"]);
      expect(process.memoryUsage().rss - before, "of this process").to.be.below(400 * 2 ** 20);
    });
  }

  it("refuses what only looks like a segment before there is a process", async () => {
    for (const name of ["a concat list", "a playlist", "zeros", "nothing"])
      expect(await attempt(hostile[name]!()), name).to.equal("SegmentInvalid");
  });

  it("opens no other file for what is no MPEG-TS", async () => {
    expect(await ffmpegAlone(hostile["a concat list"]!())).to.equal("FfmpegFailed");
    expect(await ffmpegAlone(hostile["a playlist"]!())).to.equal("FfmpegFailed");
  });

  it("N3: gives ffmpeg no more memory than its limit, whatever the work is", async function () {
    if (process.platform !== "linux") this.skip();
    // 8192 x 8192 pixels with many frames in the encoder.
    const args = [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "color=s=8192x8192:r=50:d=2",
      "-c:v",
      "libx264",
      "-f",
      "null",
      "-",
    ];
    expect(await codeOf(startFfmpeg(ffmpeg, args, { timeoutMs: 60_000 }).done)).to.equal("FfmpegFailed");
  });

  it("is killed as one process, shell or not", async () => {
    const args = ["-v", "error", "-re", "-f", "lavfi", "-i", "color=s=64x64", "-f", "null", "-"];
    expect(await codeOf(startFfmpeg(ffmpeg, args, { timeoutMs: 300 }).done)).to.equal("FfmpegTimedOut");
  });

  it("hands arguments through unread", () => {
    const { command, args } = limitedCommand({ path: "/opt/f f", memoryBytes: 2 ** 20 }, ["$(id)", "`id`", "; id"]);
    expect(command).to.equal("/bin/sh");
    expect(args.slice(2)).to.deep.equal(["1024", "/opt/f f", "-max_alloc", "1048576", "$(id)", "`id`", "; id"]);
    expect(limitedCommand({ path: "x" }, ["y"])).to.deep.equal({ command: "x", args: ["y"] });
  });
});
