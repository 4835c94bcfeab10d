import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { probeHardwareEncoders } from "../../../offchain/media/encoders.ts";
import { ffmpeg__FakeWithNvenc } from "../../fixtures/fake-nvenc.ts";

describe("the probe of hardware encoders", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "encoders-"));
  });
  after(() => rm(dir, { recursive: true }));

  it("names those that make pictures, and not those that end well with nothing", async () => {
    const path = join(dir, "ffmpeg");
    await ffmpeg__FakeWithNvenc(path, "works");
    expect(await probeHardwareEncoders({ path })).to.deep.equal(["h264_nvenc"]);
  });

  it("names none where ffmpeg cannot be started", async () => {
    expect(await probeHardwareEncoders({ path: join(dir, "nothing") })).to.deep.equal([]);
  });
});
