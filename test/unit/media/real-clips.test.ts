import { expect } from "chai";
import { join } from "node:path";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import { createHlsWriter } from "../../../offchain/media/hls/writer.ts";
import { DirectoryStorage } from "../../../offchain/media/storage/directory.ts";
import { DEFAULT_LADDER, fitLadder } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { createRunner } from "../../../offchain/media/runner.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import type { SourceSegment } from "../../../offchain/media/interface.ts";
import { hasRealClips, REAL_CLIPS, Workshop } from "./clips.ts";

/** Name, frames, frame rate, whether it can be copied. */
const CLIPS = [
  ["flower-540p.mp4", 150, 30_000 / 1_001, true],
  ["big-buck-bunny-720p.mp4", 132, 25, false],
  ["traffic-432p.mp4", 377, 12.5, false],
] as const;

describe("real clips, from file to HLS", () => {
  let workshop: Workshop;
  before(async function () {
    if (!hasRealClips) {
      process.stderr.write("      notice: ../shared/media is not there, its clips are skipped\n");
      this.skip();
    }
    workshop = await Workshop.open();
  });
  after(() => workshop?.close());

  for (const [name, frames, rate, copyable] of CLIPS) {
    it(`${name}: no frame is lost or moved, the work repeats, the result plays`, async () => {
      const input = { path: join(REAL_CLIPS, name) };
      const probe = await probeInput(workshop.ffmpeg, input);
      expect(probe.copyable).to.equal(copyable);
      const plan = planIngest(probe);
      const renditions = fitLadder(DEFAULT_LADDER, plan);
      const runner = createRunner(workshop.ffmpeg);
      const directory = workshop.path(name);
      const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });

      const segments: SourceSegment[] = [];
      for await (const segment of cutSegments(workshop.ffmpeg, input, plan)) {
        segments.push(segment);
        const results = await transcode(runner, segment.bytes, renditions, { timeoutMs: 60_000 });
        if (segment.sequence === 1) {
          const again = await transcode(runner, segment.bytes, renditions, { timeoutMs: 60_000 });
          expect(
            again.map(({ bytes }) => bytes),
            "the same bytes",
          ).to.deep.equal(results.map(({ bytes }) => bytes));
        }
        for (const { info } of results) expect(info.pts).to.deep.equal(segment.info.pts);
        await writer.append(segment, results);
      }
      await writer.end();

      expect(segments.reduce((sum, { info }) => sum + info.frames, 0)).to.equal(frames);
      // In ticks: the chain's chai matchers take whole numbers only.
      const ticks = segments.reduce((sum, { info }) => sum + info.durationTicks, 0);
      const ticksOf = (count: number) => Math.round((count * 90_000) / rate);
      expect(ticks).to.be.closeTo(ticksOf(frames), ticksOf(segments.length));
      if (!copyable) expect(segments).to.have.length(Math.ceil(frames / rate / 2));
      const times = segments.flatMap(({ info }) => info.pts);
      for (const variant of [...renditions.map((rendition) => rendition.name), "source"]) {
        expect(await workshop.decodedTimes(join(directory, variant, "index.m3u8")), variant).to.deep.equal(times);
      }
    });
  }
});
