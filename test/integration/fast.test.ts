import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { codingHash } from "../../offchain/media/checks/coding.ts";
import type { FfmpegRunner, Profile } from "../../offchain/media/interface.ts";
import { fitLadder } from "../../offchain/media/ladder.ts";
import { createRunner } from "../../offchain/media/runner.ts";
import { transcode } from "../../offchain/media/transcode.ts";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import type { LogLine } from "../../tasks/devnet/processes.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { ffmpeg__FakeWithNvenc } from "../fixtures/fake-nvenc.ts";

const LADDER: readonly Profile[] = [
  { name: "audit", shortSide: 144, encoder: "auditable", preset: "veryfast", crf: 26 },
  { name: "quick", shortSide: 144, encoder: "fast", preset: "veryfast", crf: 26 },
];
const RENDITIONS = fitLadder(LADDER, { width: 320, height: 180 });

describe("a ladder of auditable and fast renditions", () => {
  let directory: string;
  let device: FfmpegRunner;
  let net: TestNetwork;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "streamflow-fast-"));
    const path = join(directory, "ffmpeg");
    await ffmpeg__FakeWithNvenc(path, "works");
    device = createRunner({ ...(await testRunner()).ffmpeg, path });
    net = await startTestNetwork({
      ...{ orchestrators: 1, price: 1_000_000_000_000n },
      settings: { transcoder: { ffmpeg: { path }, hardware: true } },
    });
  });
  after(async () => {
    await net.close();
    await rm(directory, { recursive: true });
  });

  it("is delivered by a device for the one and in repeatable bits for the other, judged, checked and paid", async () => {
    const input = await makeClip({ seconds: 6, size: "320x180", file: join(net.dir, "clip.mp4") });
    const [out, reportFile] = [join(net.dir, "hls"), join(net.dir, "report.json")];
    const lines: LogLine[] = [];
    const broadcaster = await net.devnet.startBroadcaster({
      ...{ input, out, report: reportFile, ladder: LADDER },
      // Every answer has one of its two renditions encoded again.
      checks: { grayShare: 0, exactShare: 1, atOnce: 64, timeoutMs: 120_000 },
    });
    broadcaster.onLine((line) => lines.push(line));
    expect(await broadcaster.exited(), broadcaster.errorOutput).to.equal(0);

    const report = streamReportSchema.parse(JSON.parse(await readFile(reportFile, "utf8")));
    expect(report.missing).to.deep.equal([]);
    expect(lines.find(({ msg }) => msg === "pictures checked")).to.include({
      ...{ passed: report.segments, suspect: 0, rejected: 0, unfinished: 0 },
    });
    for (let sequence = 0; sequence < report.segments; sequence++) {
      const read = (name: string) => readFile(join(out, name, `${sequence}.ts`));
      const madeBy = async (runner: FfmpegRunner, hardware: "h264_nvenc" | null) => {
        const made = await transcode(runner, await read("source"), RENDITIONS, { timeoutMs: 60_000, hardware });
        return made.map(({ bytes }) => codingHash(bytes));
      };
      const got = [codingHash(await read("audit")), codingHash(await read("quick"))];
      expect(got).to.deep.equal(await madeBy(device, "h264_nvenc"));
      const [audit, quick] = await madeBy(await testRunner(), null);
      expect(got[0]).to.equal(audit);
      expect(got[1]).not.to.equal(quick);
    }
  });
});
