import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { FluentRunner, jobArguments, SpawnRunner } from "../../../offchain/media/runner.ts";
import type { FfmpegInfo, FfmpegJob } from "../../../offchain/media/interface.ts";
import { codeOf, Workshop } from "./clips.ts";

const LAVFI = ["-f", "lavfi"];

for (const Runner of [FluentRunner, SpawnRunner]) {
  describe(Runner.name, () => {
    let workshop: Workshop;
    before(async () => (workshop = await Workshop.open()));
    after(() => workshop.close());

    const runner = (ffmpeg: FfmpegInfo = workshop.ffmpeg) => new Runner(ffmpeg);
    const quiet = ["-hide_banner", "-v", "error"];
    /** Encodes without an end, at the speed of a clock. */
    const endless = (): FfmpegJob => ({
      global: quiet,
      inputs: [{ source: "testsrc2=s=64x64", options: ["-re", ...LAVFI] }],
      outputs: [{ target: workshop.path("endless.ts"), options: ["-f", "mpegts"] }],
      timeoutMs: 60_000,
    });

    it("reports a binary that cannot be started", async () => {
      const missing = { ...workshop.ffmpeg, path: workshop.path("missing") };
      expect(await codeOf(runner(missing).run(endless()))).to.equal("FfmpegFailed");
    });

    it("reports ffmpeg's own words when it fails", async () => {
      const job = { ...endless(), inputs: [{ source: workshop.path("nothing.ts"), options: [] }] };
      try {
        await runner().run(job);
        expect.fail("it ran");
      } catch (error) {
        expect(isStreamflowError(error, "FfmpegFailed"), String(error)).to.be.true;
        expect(String((error as { data: { stderr: string } }).data.stderr)).to.include("No such file");
      }
    });

    it("kills ffmpeg at the time limit", async () => {
      expect(await codeOf(runner().run({ ...endless(), timeoutMs: 300 }))).to.equal("FfmpegTimedOut");
    });

    it("kills ffmpeg when the signal fires, and rejects with its reason", async () => {
      const signal = AbortSignal.timeout(200);
      await runner()
        .run({ ...endless(), signal })
        .then(
          () => expect.fail("it ran"),
          (reason: unknown) => expect(reason).to.equal(signal.reason),
        );
    });

    it("starts nothing when the signal has fired already", async () => {
      const reason = new Error("too late");
      expect(await codeOf(runner().run({ ...endless(), signal: AbortSignal.abort(reason) }))).to.include("too late");
    });

    it("kills ffmpeg when the signal fires before there is a process", async () => {
      const abort = new AbortController();
      const run = runner().run({ ...endless(), signal: abort.signal });
      abort.abort(new Error("at once"));
      expect(await codeOf(run)).to.include("at once");
    });

    it("runs several inputs and outputs through a filter graph, with options that hold spaces", async () => {
      const outputs = [workshop.path("first.ts"), workshop.path("second.ts")];
      await runner().run({
        global: quiet,
        inputs: [
          { source: "testsrc2=s=64x64:d=0.2", options: LAVFI },
          { source: "color=s=32x32:d=0.2", options: LAVFI },
        ],
        filterGraph: "[0:v][1:v]overlay,split=2[a][b]",
        outputs: outputs.map((target, index) => ({
          target,
          options: ["-map", index === 0 ? "[a]" : "[b]", "-metadata", "service_name=two words", "-f", "mpegts"],
        })),
        timeoutMs: 60_000,
      });
      const [first, second] = await Promise.all(outputs.map((path) => readFile(path)));
      expect(first?.includes("two words")).to.be.true;
      expect(first).to.deep.equal(second);
    });
  });
}

describe("jobArguments", () => {
  it("puts options of an input before it and options of an output before its target", () => {
    const args = jobArguments({
      global: ["-v", "error"],
      inputs: [{ source: "in.ts", options: ["-f", "mpegts"] }],
      filterGraph: "[0:v]null[a]",
      outputs: [{ target: "out.ts", options: ["-map", "[a]"] }],
      timeoutMs: 1,
    });
    expect(args.join(" ")).to.equal("-v error -f mpegts -i in.ts -y -filter_complex [0:v]null[a] -map [a] out.ts");
  });
});
