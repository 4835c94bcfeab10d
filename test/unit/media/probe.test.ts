import { expect } from "chai";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { readBanner } from "../../../offchain/media/banner.ts";
import { planIngest } from "../../../offchain/media/cut.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import type { InputProbe } from "../../../offchain/media/interface.ts";
import type { ClipName } from "./clips.ts";
import { codeOf, Workshop } from "./clips.ts";

describe("probeInput", () => {
  let workshop: Workshop;
  before(async () => (workshop = await Workshop.open()));
  after(() => workshop.close());

  const probe = (path: string): Promise<InputProbe> => probeInput(workshop.ffmpeg, { path });

  describe("refuses", () => {
    it("a file that is not there", async () => {
      expect(await codeOf(probe(workshop.path("missing.mp4")))).to.equal("InputNotFound");
    });

    it("an empty file", async () => {
      await writeFile(workshop.path("empty.mp4"), "");
      expect(await codeOf(probe(workshop.path("empty.mp4")))).to.equal("InputEmpty");
    });

    it("a directory", async () => {
      expect(await codeOf(probe(workshop.directory))).to.equal("InputNotVideo");
    });

    it("text, whatever it is called", async () => {
      for (const name of ["text.mp4", "text.txt", "text.ts"]) {
        await writeFile(workshop.path(name), "This is not a video.\n".repeat(200));
        expect(await codeOf(probe(workshop.path(name))), name).to.equal("InputNotVideo");
      }
    });

    it("a film that lost its index", async () => {
      const whole = await readFile(await workshop.clip("normal.mp4"));
      await writeFile(workshop.path("cut.mp4"), whole.subarray(0, whole.length / 2));
      expect(await codeOf(probe(workshop.path("cut.mp4")))).to.equal("InputNotVideo");
    });

    it("sound alone, also with a cover picture", async () => {
      const sound = await workshop.clip("sound.m4a");
      expect(await codeOf(probe(sound))).to.equal("InputNotVideo");
      const cover = workshop.path("cover.m4a");
      const maps = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic"];
      await workshop.run(["-i", sound, "-i", await workshop.clip("picture.png"), ...maps, cover]);
      expect(await codeOf(probe(cover))).to.equal("InputNotVideo");
    });

    it("a picture", async () => {
      expect(await codeOf(probe(await workshop.clip("picture.png")))).to.equal("InputNotVideo");
    });

    it("an absurd size", async () => {
      expect(await codeOf(probe(await workshop.clip("tiny.mp4")))).to.equal("InputUnsupported");
    });

    it("a playlist that refers to the network", async () => {
      const list = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/0.ts\n#EXT-X-ENDLIST\n";
      await writeFile(workshop.path("list.m3u8"), list);
      expect(await codeOf(probe(workshop.path("list.m3u8")))).to.equal("InputNotVideo");
    });

    it("to go on when the signal fires", async () => {
      const input = { source: "testsrc2=s=64x64", inputOptions: ["-re", "-f", "lavfi"] };
      const signal = AbortSignal.abort(new Error("enough"));
      expect(await codeOf(probeInput(workshop.ffmpeg, input, { signal }))).to.include("enough");
    });
  });

  const table: [ClipName, Partial<InputProbe>, string | null][] = [
    [
      "normal.mp4",
      { width: 320, height: 180, frameRate: 30, durationMs: 5_000, audioCodec: "aac", keyframeGapMs: 2_000 },
      null,
    ],
    ["silent.mp4", { audioCodec: null, keyframeGapMs: 1_000 }, null],
    ["vertical.mp4", { width: 540, height: 960 }, null],
    ["slow.mp4", { frameRate: 12.5 }, null],
    ["short.mp4", { durationMs: 400 }, null],
    ["odd.mp4", { width: 641, height: 359, pixelFormat: "yuv444p" }, "its size 641x359 is odd"],
    ["mpeg4.avi", { videoCodec: "mpeg4", audioCodec: "mp3" }, "its audio is mp3, not aac"],
    ["mjpeg.mov", { videoCodec: "mjpeg" }, "its video is mjpeg, not h264"],
    ["vp8.webm", { videoCodec: "vp8" }, "its video is vp8, not h264"],
    ["sparse.mp4", { keyframeGapMs: 6_000 }, "its keyframes are up to 6000 ms apart"],
    ["open-gop.mp4", {}, "3 of its 4 keyframes depend on earlier pictures"],
  ];
  for (const [name, expected, reason] of table) {
    it(`${name}: ${reason ?? "can be copied"}`, async () => {
      const result = await probe(await workshop.clip(name));
      expect(result).to.include(expected);
      expect(result.copyable).to.equal(reason === null);
      if (reason === null) expect(result.reencodeReasons).to.deep.equal([]);
      else expect(result.reencodeReasons).to.include(reason);
    });
  }

  it("sees a rotation, and plans upright segments", async () => {
    const path = workshop.path("rotated.mp4");
    const source = await workshop.clip("normal.mp4");
    // ffmpeg 5 writes the rotation from a tag, later ones from an option for the input.
    await workshop
      .run(["-display_rotation", "90", "-i", source, "-c", "copy", path])
      .catch(() => workshop.run(["-y", "-i", source, "-c", "copy", "-metadata:s:v:0", "rotate=90", path]));
    const result = await probe(path);
    expect(result).to.include({ width: 320, height: 180, rotation: 270, copyable: false });
    expect(planIngest(result)).to.include({ width: 180, height: 320, mode: "encode" });
  });

  it("opens a file by its path even if that looks like something else", async () => {
    const path = workshop.path("concat:a|b %d.mp4");
    await copyFile(await workshop.clip("short.mp4"), path);
    expect((await probe(path)).copyable).to.be.true;
  });

  it("takes any other input when its options are given", async () => {
    const input = { source: "testsrc2=s=64x64:r=25", inputOptions: ["-f", "lavfi"] };
    expect(await probeInput(workshop.ffmpeg, input)).to.include({
      width: 64,
      frameRate: 25,
      durationMs: null,
      copyable: false,
    });
  });
});

describe("readBanner", () => {
  it("reads the first video and audio stream, with side data, and ignores outputs", () => {
    const said = [
      "Input #0, matroska,webm, from 'x':",
      "  Duration: 01:02:03.45, start: 0.000000, bitrate: 1 kb/s",
      "  Stream #0:0: Video: png, rgba(pc), 9x9, 90k tbr (attached pic)",
      "  Stream #0:1(eng): Audio: opus, 48000 Hz, stereo",
      "  Stream #0:2[0x1]: Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 1920x1080 [SAR 1:1 DAR 16:9], 23.98 fps, 90k tbn",
      "    Side data:",
      "      displaymatrix: rotation of -90.00 degrees",
      "Stream mapping:",
      "  Stream #0:0: Video: h264, yuv420p, 1x1",
    ].join("\n");
    expect(readBanner(said)).to.deep.equal({
      container: "matroska,webm",
      durationMs: 3_723_450,
      video: { codec: "hevc", pixelFormat: "yuv420p10le", width: 1920, height: 1080, frameRate: 23.98, rotation: 90 },
      audioCodec: "opus",
    });
  });

  it("answers null to anything else", () => {
    expect(readBanner("")).to.equal(null);
    expect(readBanner("x: No such file or directory")).to.equal(null);
  });
});
