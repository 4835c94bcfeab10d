import { expect } from "chai";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import { fitLadder } from "../../../offchain/media/ladder.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { createRunner, SpawnRunner } from "../../../offchain/media/runner.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import type { FfmpegRunner, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import type { ClipName } from "./clips.ts";
import { codeOf, SMALL_LADDER, Workshop } from "./clips.ts";
import { pictureParameters, sequenceParameters, slice, transportStream } from "./synthetic.ts";

describe("transcode", () => {
  let workshop: Workshop;
  let runner: FfmpegRunner;
  let workDir: string;
  before(async () => {
    workshop = await Workshop.open();
    runner = createRunner(workshop.ffmpeg);
    workDir = workshop.path("work");
    await mkdir(workDir);
  });
  after(() => workshop.close());
  // Whatever happened, nothing is left behind.
  afterEach(async () => expect(await readdir(workDir)).to.deep.equal([]));

  const options = () => ({ workDir, timeoutMs: 60_000 });

  async function firstSegment(name: ClipName): Promise<{ segment: SourceSegment; renditions: Rendition[] }> {
    const input = { path: await workshop.clip(name) };
    const plan = planIngest(await probeInput(workshop.ffmpeg, input));
    for await (const segment of cutSegments(workshop.ffmpeg, input, plan)) {
      return { segment, renditions: fitLadder(SMALL_LADDER, plan) };
    }
    throw new Error("no segment");
  }

  it("refuses a source that is no segment", async () => {
    expect(await codeOf(transcode(runner, Buffer.from("nothing"), [], options()))).to.equal("SegmentInvalid");
  });

  it("refuses a source that does not start with a keyframe", async () => {
    const payload = [
      ...sequenceParameters({ width: 20, height: 12 }),
      ...pictureParameters(),
      ...slice({ frameNumber: 0 }),
    ];
    const headless = transportStream([{ pts: 900_000, payload }]);
    expect(await codeOf(transcode(runner, headless, [], options()))).to.equal("SegmentInvalid");
  });

  it("fails with a code when ffmpeg is killed at the time limit", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const work = transcode(runner, segment.bytes, renditions, { workDir, timeoutMs: 1 });
    expect(await codeOf(work)).to.equal("TranscodeFailed");
  });

  it("ends with the signal's reason", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const abort = new AbortController();
    const work = transcode(runner, segment.bytes, renditions, { ...options(), signal: abort.signal });
    abort.abort(new Error("another was faster"));
    expect(await codeOf(work)).to.include("another was faster");
  });

  it("fails when ffmpeg leaves something else than what was asked for", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const cheat: FfmpegRunner = {
      ffmpeg: workshop.ffmpeg,
      run: async (job) => {
        for (const { target } of job.outputs) await writeFile(target, segment.bytes);
      },
    };
    expect(await codeOf(transcode(cheat, segment.bytes, renditions, options()))).to.equal("TranscodeFailed");
  });

  it("fails when ffmpeg leaves nothing", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const idle: FfmpegRunner = { ffmpeg: workshop.ffmpeg, run: async () => undefined };
    expect(await codeOf(transcode(idle, segment.bytes, renditions, options()))).to.equal("TranscodeFailed");
  });

  for (const name of [
    "normal.mp4",
    "silent.mp4",
    "vertical.mp4",
    "odd.mp4",
    "variable.mp4",
    "short.mp4",
    "slow.mp4",
    "vp8.webm",
  ] as const) {
    it(`${name}: each rendition has every frame of the source at its time`, async () => {
      const { segment, renditions } = await firstSegment(name);
      const results = await transcode(runner, segment.bytes, renditions, options());
      expect(results.map((result) => result.name)).to.deep.equal(renditions.map((rendition) => rendition.name));
      for (const [index, { bytes, info }] of results.entries()) {
        const { width, height } = renditions[index]!;
        expect(info.pts).to.deep.equal(segment.info.pts);
        expect(info.video).to.include({ width, height });
        expect(info.keyframes).to.deep.equal([0]);
        expect(info.audio?.codec).to.equal(segment.info.audio?.codec);
        // ffmpeg sees the same frames, and nothing to complain about.
        const path = workshop.path("rendition.ts");
        await writeFile(path, bytes);
        expect(await workshop.decodedTimes(path)).to.deep.equal(segment.info.pts);
      }
    });
  }

  it("makes the same bytes each time, with either runner, alone or beside another", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const spawned = new SpawnRunner(workshop.ffmpeg);
    const runs = await Promise.all(
      [runner, runner, spawned].map((each) => transcode(each, segment.bytes, renditions, options())),
    );
    const again = await transcode(runner, segment.bytes, renditions, options());
    for (const run of runs) expect(run.map(({ bytes }) => bytes)).to.deep.equal(again.map(({ bytes }) => bytes));
  });

  it("copies the audio unchanged", async () => {
    const { segment, renditions } = await firstSegment("normal.mp4");
    const [result] = await transcode(runner, segment.bytes, renditions, options());
    const audio = async (name: string, bytes: Buffer): Promise<string> => {
      await writeFile(workshop.path(name), bytes);
      return workshop.run(["-copyts", "-i", workshop.path(name), "-map", "0:a", "-c", "copy", "-f", "framecrc", "-"]);
    };
    expect(await audio("out.ts", result!.bytes)).to.equal(await audio("in.ts", segment.bytes));
  });

  it("keeps times across the wrap of their 33 bits", async () => {
    const bytes = await readFile(await workshop.clip("wrap.ts"));
    const source = parseSegment(bytes);
    const results = await transcode(runner, bytes, fitLadder(SMALL_LADDER, source.video), options());
    for (const { info } of results) expect(info.pts).to.deep.equal(source.pts);
  });
});
