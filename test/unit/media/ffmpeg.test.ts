import { expect } from "chai";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { MINIMUM_X264_CORE, probeFfmpeg, resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import { codeOf } from "./clips.ts";

describe("resolveFfmpeg", () => {
  let directory: string;
  before(async () => (directory = await mkdtemp(join(tmpdir(), "streamflow-ffmpeg-"))));
  after(() => rm(directory, { recursive: true, force: true }));

  /** An executable that behaves as the script says. */
  async function binary(name: string, script: string): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  async function refusal(path: string): Promise<string> {
    try {
      await resolveFfmpeg({ path });
    } catch (error) {
      if (isStreamflowError(error, "FfmpegUnfit")) return error.message;
      throw error;
    }
    throw new Error("it was accepted");
  }

  it("refuses a configured binary that does not exist instead of taking another", async () => {
    expect(await refusal(join(directory, "missing"))).to.include("ENOENT");
  });

  it("refuses a configured program that is no ffmpeg", async () => {
    expect(await refusal(await binary("silent", "exit 0"))).to.include("did not say its version");
  });

  it("names the encoder that a configured binary lacks", async () => {
    const path = await binary("bare", "echo \"Unknown encoder 'libx264'\" >&2; exit 1");
    expect(await refusal(path)).to.include("Unknown encoder 'libx264'");
  });

  it("refuses an x264 that makes other bits", async () => {
    const path = await binary("old", 'echo "ffmpeg version 4.1 Copyright" >&2; echo "x264 - core 155 r2917"');
    expect(await refusal(path))
      .to.include("155")
      .and.to.include(String(MINIMUM_X264_CORE));
  });

  it("finds a fit binary by itself, and takes it when it is configured", async () => {
    const found = await resolveFfmpeg();
    expect(found.x264Core).to.be.at.least(MINIMUM_X264_CORE);
    expect(found.version).to.match(/\d/);
    expect(await resolveFfmpeg({ path: found.path })).to.deep.equal({ ...found, origin: "configured" });
  });

  it("reads FFMPEG_PATH when nothing is configured", async () => {
    const before = process.env["FFMPEG_PATH"];
    process.env["FFMPEG_PATH"] = join(directory, "missing");
    try {
      expect(await codeOf(resolveFfmpeg())).to.equal("FfmpegUnfit");
    } finally {
      if (before === undefined) delete process.env["FFMPEG_PATH"];
      else process.env["FFMPEG_PATH"] = before;
    }
  });

  it("ends a probe that hangs when it is no longer wanted", async () => {
    const path = await binary("hanging", "exec tail -f /dev/null");
    const abort = new AbortController();
    const probe = probeFfmpeg(path, "system", abort.signal);
    abort.abort(new Error("found another"));
    expect(await codeOf(probe)).to.include("found another");
  });
});
