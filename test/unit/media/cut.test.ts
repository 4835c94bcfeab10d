import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bareLadderCommand, cutSegments, ingestArguments, planIngest } from "../../../offchain/media/cut.ts";
import { fitLadder } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import type { CutOptions, IngestPlan, MediaInput, SourceSegment } from "../../../offchain/media/interface.ts";
import type { ClipName } from "./clips.ts";
import { codeOf, SMALL_LADDER, Workshop } from "./clips.ts";

/** The ingest adds ten seconds to every time. */
const OFFSET = 900_000;

describe("cutSegments", () => {
  let workshop: Workshop;
  before(async () => (workshop = await Workshop.open()));
  after(() => workshop.close());

  async function cut(
    input: MediaInput,
    options: CutOptions = {},
  ): Promise<{ plan: IngestPlan; segments: SourceSegment[] }> {
    const plan = planIngest(await probeInput(workshop.ffmpeg, input));
    const segments: SourceSegment[] = [];
    for await (const segment of cutSegments(workshop.ffmpeg, input, plan, options)) segments.push(segment);
    return { plan, segments };
  }

  // Frames are what the generator was asked for; durations the segments' lengths in milliseconds.
  const table: [ClipName, IngestPlan["mode"], number, number[]][] = [
    ["normal.mp4", "copy", 150, [2_000, 2_000, 1_000]],
    ["silent.mp4", "copy", 120, [2_000, 2_000]],
    ["vertical.mp4", "copy", 90, [2_000, 1_000]],
    ["slow.mp4", "copy", 75, [2_000, 2_000, 2_000]],
    ["short.mp4", "copy", 12, [400]],
    ["odd.mp4", "encode", 90, [2_000, 1_000]],
    // AVI has no times of its own: the first frame stands for two there.
    ["mpeg4.avi", "encode", 100, [2_000, 2_000, 40]],
    ["mjpeg.mov", "encode", 75, [2_000, 1_000]],
    ["vp8.webm", "encode", 75, [2_000, 1_000]],
    ["sparse.mp4", "encode", 210, [2_000, 2_000, 2_000, 1_000]],
    ["open-gop.mp4", "encode", 120, [2_000, 2_000]],
  ];
  for (const [name, mode, frames, durations] of table) {
    it(`${name} (${mode}): loses no frame and cuts at keyframes`, async () => {
      const { plan, segments } = await cut({ path: await workshop.clip(name) });
      expect(plan.mode).to.equal(mode);
      expect(segments.map(({ sequence }) => sequence)).to.deep.equal([...segments.keys()]);
      for (const { info } of segments) {
        expect(info.startsWithKeyframe).to.be.true;
        expect(info.video).to.include({ width: plan.width, height: plan.height, chromaFormat: 1, bitDepth: 8 });
        expect(info.audio !== null).to.equal(plan.audio);
      }
      expect(segments.reduce((sum, { info }) => sum + info.frames, 0)).to.equal(frames);
      // A frame of tolerance: some containers keep times in milliseconds.
      for (const [index, { info }] of segments.entries())
        expect(info.durationMs).to.be.closeTo(durations[index] ?? 0, 41);
      expect(segments).to.have.length(durations.length);
    });
  }

  it("keeps the times of a variable frame rate", async () => {
    const path = await workshop.clip("variable.mp4");
    const source = await workshop.decodedTimes(path);
    const { plan, segments } = await cut({ path });
    expect(plan.mode).to.equal("copy");
    const times = segments.flatMap(({ info }) => info.pts);
    expect(times).to.deep.equal(source.map((time) => time - (source[0] ?? 0) + OFFSET));
    expect(new Set(times.slice(1).map((time, index) => time - (times[index] ?? 0))).size, "distances").to.be.above(1);
  });

  it("gives segments that decode alone and together", async () => {
    const { segments } = await cut({ path: await workshop.clip("normal.mp4") });
    const path = workshop.path("piece.ts");
    for (const { bytes, info } of segments) {
      await writeFile(path, bytes);
      expect(await workshop.decodedTimes(path)).to.deep.equal(info.pts);
    }
    await writeFile(path, Buffer.concat(segments.map(({ bytes }) => bytes)));
    expect(await workshop.decodedTimes(path)).to.have.length(150);
  });

  it("puts every packet of ffmpeg's output into some segment", async () => {
    const input = { path: await workshop.clip("normal.mp4") };
    const { plan, segments } = await cut(input);
    await workshop.run([...ingestArguments(input, plan).slice(0, -1), "-y", workshop.path("whole.ts")]);
    const packets = await workshop.run([
      "-i",
      workshop.path("whole.ts"),
      "-map",
      "0",
      "-c",
      "copy",
      "-f",
      "framecrc",
      "-",
    ]);
    await writeFile(workshop.path("joined.ts"), Buffer.concat(segments.map(({ bytes }) => bytes)));
    const joined = await workshop.run([
      "-i",
      workshop.path("joined.ts"),
      "-map",
      "0",
      "-c",
      "copy",
      "-f",
      "framecrc",
      "-",
    ]);
    expect(joined).to.equal(packets);
  });

  it("gives a live segment while the source still runs, and ends ffmpeg when the reader leaves", async () => {
    const input = { source: "testsrc2=s=64x64:r=30", inputOptions: ["-f", "lavfi"] };
    const plan: IngestPlan = { mode: "encode", width: 64, height: 64, audio: false, segmentMs: 500 };
    let seen = 0;
    for await (const { info } of cutSegments(workshop.ffmpeg, input, plan, { realtime: true })) {
      expect(info.durationMs).to.equal(500);
      if (++seen === 2) break;
    }
    // The source has no end: without the kill this test would not return.
    expect(seen).to.equal(2);
  });

  it("lets ffmpeg wait for a slow reader instead of filling the memory", async () => {
    const input = { source: "testsrc2=s=640x360:r=30", inputOptions: ["-f", "lavfi"] };
    const plan: IngestPlan = { mode: "encode", width: 640, height: 360, audio: false, segmentMs: 500 };
    const segments = cutSegments(workshop.ffmpeg, input, plan);
    await segments.next();
    const before = process.memoryUsage().arrayBuffers;
    // Long enough for an unbounded reader to take in megabytes of this endless source; there is no event for what must not happen.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(2 ** 20);
    await segments.return();
  });

  it("ends with the signal's reason", async () => {
    const input = { source: "testsrc2=s=64x64:r=30", inputOptions: ["-re", "-f", "lavfi"] };
    const plan: IngestPlan = { mode: "encode", width: 64, height: 64, audio: false, segmentMs: 2_000 };
    const abort = new AbortController();
    const segments = cutSegments(workshop.ffmpeg, input, plan, { signal: abort.signal });
    const first = segments.next();
    abort.abort(new Error("the stream is over"));
    expect(await codeOf(first)).to.include("the stream is over");
  });

  it("gives up on a source that stalls", async () => {
    // A picture every hundred seconds, at the source's own speed.
    const input = { source: "testsrc2=s=64x64:r=1/100", inputOptions: ["-re", "-f", "lavfi"] };
    const plan: IngestPlan = { mode: "encode", width: 64, height: 64, audio: false, segmentMs: 2_000 };
    expect(await codeOf(cutSegments(workshop.ffmpeg, input, plan, { stallMs: 300 }).next())).to.equal("FfmpegTimedOut");
  });

  it("passes on ffmpeg's error", async () => {
    const plan: IngestPlan = { mode: "copy", width: 64, height: 64, audio: false, segmentMs: 2_000 };
    const segments = cutSegments(workshop.ffmpeg, { path: workshop.path("missing.mp4") }, plan);
    expect(await codeOf(segments.next())).to.equal("FfmpegFailed");
  });

  describe("bareLadderCommand", () => {
    for (const name of ["normal.mp4", "odd.mp4", "mpeg4.avi"] as const) {
      it(`${name}: makes the same frames in one process`, async () => {
        const input = { path: await workshop.clip(name) };
        const { plan, segments } = await cut(input);
        const renditions = fitLadder(SMALL_LADDER, plan);
        const outDir = workshop.path(`bare-${name}`);
        await mkdir(outDir);
        await workshop.run(bareLadderCommand(input, plan, renditions, outDir));
        const names = renditions.map((rendition) => rendition.name);
        for (const each of plan.mode === "encode" ? ["source", ...names] : names) {
          const times = await workshop.decodedTimes(join(outDir, `${each}.ts`));
          expect(times, each).to.deep.equal(segments.flatMap(({ info }) => info.pts));
        }
      });
    }
  });
});
