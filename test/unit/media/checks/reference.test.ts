import { expect } from "chai";
import { createReference, encodeKnown, KNOWN } from "../../../../offchain/media/checks/reference.ts";
import { createRunner, resolveFfmpeg } from "../../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo, FfmpegRunner } from "../../../../offchain/media/interface.ts";
import { StreamflowError } from "../../../../offchain/errors.ts";
import { expectCode } from "../../pm/coded.ts";

describe("bits that the auditable profile has everywhere", () => {
  let ffmpeg: FfmpegInfo;
  before(async () => {
    ffmpeg = await resolveFfmpeg();
  });

  it("are those of this machine's ffmpeg", async () => {
    expect(await encodeKnown(createRunner(ffmpeg))).to.deep.equal(KNOWN.map(({ coding }) => coding));
    expect(await createReference(createRunner(ffmpeg))()).to.equal(true);
  });

  it("are not made by one that does as it likes, nor taken from another x264, whatever it makes", async () => {
    // Another factor than asked for.
    const careless: FfmpegRunner = {
      ffmpeg,
      run: (job) =>
        createRunner(ffmpeg).run({
          ...job,
          outputs: job.outputs.map(({ target, options }) => ({
            target,
            options: options.map((option) => (option === "23" ? "24" : option)),
          })),
        }),
    };
    expect(await createReference(careless)()).to.equal(false);
    const newer = createRunner({ ...ffmpeg, x264Core: ffmpeg.x264Core + 1 });
    expect(await createReference(newer)()).to.equal(false);
  });

  it("are tried once, and again when the trial failed", async () => {
    let runs = 0;
    const busy: FfmpegRunner = {
      ffmpeg,
      run: (job) => {
        runs++;
        return runs === 1
          ? Promise.reject(new StreamflowError("FfmpegTimedOut", "busy"))
          : createRunner(ffmpeg).run(job);
      },
    };
    const isReference = createReference(busy);
    await expectCode(isReference(), "FfmpegTimedOut");
    expect([await isReference(), await isReference(), runs]).to.deep.equal([true, true, 2]);
  });
});
