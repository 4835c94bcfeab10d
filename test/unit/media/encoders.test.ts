import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { probeHardwareEncoders } from "../../../offchain/media/encoders.ts";
import { testRunner } from "../../fixtures/clips.ts";

describe("the probe of hardware encoders", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "encoders-"));
  });
  after(() => rm(dir, { recursive: true }));

  /** Stands for an ffmpeg on a machine with NVENC and a VAAPI device that makes nothing: any other encoder fails as it does without a device. */
  async function ffmpeg__FakeWithNvenc(): Promise<string> {
    const path = join(dir, "ffmpeg");
    const real = (await testRunner()).ffmpeg.path;
    const script = [
      "#!/bin/sh",
      'case "$*" in',
      `*h264_nvenc*) exec "${real}" $(printf "%s " "$@" | sed "s/h264_nvenc/libx264/") ;;`,
      "*h264_vaapi*) exit 0 ;;",
      "*) echo 'no device' >&2; exit 1 ;;",
      "esac",
    ];
    await writeFile(path, `${script.join("\n")}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it("names those that make pictures, and not those that end well with nothing", async () => {
    expect(await probeHardwareEncoders({ path: await ffmpeg__FakeWithNvenc() })).to.deep.equal(["h264_nvenc"]);
  });

  it("names none where ffmpeg cannot be started", async () => {
    expect(await probeHardwareEncoders({ path: join(dir, "nothing") })).to.deep.equal([]);
  });
});
