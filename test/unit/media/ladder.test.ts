import { expect } from "chai";
import type { HardwareEncoder } from "../../../offchain/media/hardware.ts";
import {
  DEFAULT_LADDER,
  fitLadder,
  judgeStructure,
  ladderArguments,
  outputPixels,
  profileSchema,
  renditionSchema,
} from "../../../offchain/media/ladder.ts";
import { jobArguments } from "../../../offchain/media/runner.ts";
import type { SegmentInfo } from "../../../offchain/media/interface.ts";

const encoder = { encoder: "auditable", preset: "veryfast", crf: 23 } as const;

describe("profileSchema and renditionSchema", () => {
  for (const name of ["", "../x", "a/b", "a.b", "A", "x".repeat(33), "source", "a\n"]) {
    it(`refuse the name ${JSON.stringify(name)}`, () => {
      expect(profileSchema.safeParse({ name, shortSide: 480 }).success).to.be.false;
      expect(renditionSchema.safeParse({ name, width: 854, height: 480, ...encoder }).success).to.be.false;
    });
  }

  for (const side of [0, 14, 481, 8194, 480.5, Number.NaN]) {
    it(`refuse a side of ${side}`, () => {
      expect(profileSchema.safeParse({ name: "a", shortSide: side }).success).to.be.false;
      expect(renditionSchema.safeParse({ name: "a", width: 854, height: side, ...encoder }).success).to.be.false;
    });
  }

  it("refuse presets and factors that are not libx264's, and unknown fields", () => {
    const refused = [
      { preset: "veryfast -vf x" },
      { crf: 52 },
      { crf: -1 },
      { encoder: "fast", crf: 0 },
      { encoder: "quick" },
      { bitrate: 1 },
    ];
    for (const extra of refused)
      expect(profileSchema.safeParse({ name: "a", shortSide: 480, ...extra }).success).to.be.false;
  });

  it("fill in the encoder's defaults", () => {
    expect(profileSchema.parse({ name: "480p", shortSide: 480 })).to.deep.equal(DEFAULT_LADDER[0]);
  });
});

describe("fitLadder", () => {
  const sizes = (width: number, height: number): string[] =>
    fitLadder(DEFAULT_LADDER, { width, height }).map(
      (rendition) => `${rendition.name} ${rendition.width}x${rendition.height}`,
    );

  it("takes the height as the short side of a lying picture", () => {
    expect(sizes(1280, 720)).to.deep.equal(["480p 854x480", "360p 640x360", "240p 426x240"]);
  });

  it("takes the width as the short side of a standing one", () => {
    expect(sizes(1080, 1920)).to.deep.equal(["480p 480x854", "360p 360x640", "240p 240x426"]);
  });

  it("keeps a rendition of the source's own size, and drops larger ones", () => {
    expect(sizes(640, 360)).to.deep.equal(["360p 640x360", "240p 426x240"]);
  });

  it("makes one rendition of the even size when all are larger", () => {
    expect(sizes(321, 181)).to.deep.equal(["180p 320x180"]);
  });

  it("gives renditions that its own schema accepts, whatever the source's shape", () => {
    for (const [width, height] of [
      [16, 16],
      [8192, 16],
      [17, 8191],
      [8192, 240],
      [641, 359],
    ] as const) {
      const fitted = fitLadder(DEFAULT_LADDER, { width, height });
      expect(fitted).to.not.be.empty;
      for (const rendition of fitted) {
        expect(renditionSchema.safeParse(rendition).success, JSON.stringify(rendition)).to.be.true;
        expect(rendition.width).to.be.at.most(width);
        expect(rendition.height).to.be.at.most(height);
      }
    }
  });
});

describe("outputPixels", () => {
  it("sums width × height × frames exactly", () => {
    const renditions = fitLadder(DEFAULT_LADDER, { width: 1280, height: 720 });
    expect(outputPixels(renditions, 60)).to.equal((854n * 480n + 640n * 360n + 426n * 240n) * 60n);
    expect(outputPixels([], 60)).to.equal(0n);
    expect(outputPixels([{ width: 8192, height: 8192 }], 2 ** 40)).to.equal(8192n * 8192n * 2n ** 40n);
  });
});

describe("ladderArguments", () => {
  it("is the auditable profile, argument by argument", () => {
    const [rendition] = fitLadder(DEFAULT_LADDER, { width: 854, height: 480 });
    const job = ladderArguments([rendition!], { input: "in.ts", outputs: ["out.ts"] }, null);
    expect(jobArguments({ ...job, timeoutMs: 1 }).join(" ")).to.equal(
      [
        "-hide_banner -nostdin -nostats -v error -copyts -filter_complex_threads 1",
        "-protocol_whitelist file,pipe -format_whitelist mpegts -codec_whitelist h264,aac -f mpegts -threads 1 -i in.ts -y",
        "-filter_complex [0:v]split=1[v0];[v0]scale=854:480:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p[r0]",
        "-map [r0] -map 0:a? -c:a copy",
        "-c:v libx264 -preset veryfast -crf 23 -g 1000 -sc_threshold 0 -threads:v 1",
        "-x264-params cpu-independent=1 -bsf:v filter_units=remove_types=6 -fps_mode passthrough -enc_time_base 1:90000",
        "-fflags +bitexact -flags:v +bitexact -map_metadata -1 -mpegts_flags +initial_discontinuity",
        "-muxdelay 0 -muxpreload 0 -avoid_negative_ts disabled -f mpegts out.ts",
      ].join(" "),
    );
  });

  it("is a quicker scaler and no more than is needed for what is fast, by the processor or by a device", () => {
    const [rendition] = fitLadder([{ ...DEFAULT_LADDER[0]!, encoder: "fast", crf: 30 }], { width: 854, height: 480 });
    const argumentsOf = (hardware: HardwareEncoder | null): string =>
      jobArguments({
        ...ladderArguments([rendition!], { input: "in.ts", outputs: ["out.ts"] }, hardware),
        timeoutMs: 1,
      }).join(" ");
    expect(argumentsOf(null))
      .to.include("scale=854:480:flags=bicubic,format=yuv420p[r0]")
      .and.include("-c:v libx264 -preset veryfast -crf 30 -g 1000 -sc_threshold 0 -threads:v 1 -bsf:v")
      .and.not.include("bitexact");
    expect(argumentsOf("h264_vaapi"))
      .to.include("-vaapi_device /dev/dri/renderD128")
      .and.include("format=nv12,hwupload[r0]")
      .and.include("-c:v h264_vaapi -rc_mode CQP -qp 30 -profile:v high -g 1000 -bf 0 -bsf:v");
    expect(argumentsOf("h264_videotoolbox")).to.include("-q:v 42");
  });

  it("decodes once for all renditions", () => {
    const renditions = fitLadder(DEFAULT_LADDER, { width: 1280, height: 720 });
    const job = ladderArguments(renditions, { input: "in.ts", outputs: ["a", "b", "c"] }, null);
    expect(job.inputs).to.have.length(1);
    expect(job.filterGraph).to.match(/^\[0:v\]split=3\[v0\]\[v1\]\[v2\];/);
    expect(job.outputs.map(({ target }) => target)).to.deep.equal(["a", "b", "c"]);
  });
});

describe("judgeStructure", () => {
  const video = {
    pid: 256,
    width: 64,
    height: 32,
    profile: 100,
    level: 30,
    chromaFormat: 1,
    bitDepth: 8,
    codec: "avc1.64001e",
  };
  const info = (changes: Partial<SegmentInfo> = {}): SegmentInfo => ({
    ...{ size: 188, video, audio: null, frames: 2, pts: [0, 3_000], firstPts: 0, lastPts: 3_000 },
    ...{ durationTicks: 6_000, durationMs: 67, keyframes: [0], recoveryPoints: [], startsWithKeyframe: true },
    ...changes,
  });
  const asked = { width: 64, height: 32 };
  const judge = (got: Partial<SegmentInfo>, source = info()): string | null => judgeStructure(source, asked, info(got));

  it("names another size, another number of frames, a wrong start, lost audio", () => {
    expect(judge({ video: { ...video, width: 62 } })).to.include("62x32");
    expect(judge({ frames: 1, pts: [0] })).to.include("1 frames, the source 2");
    expect(judge({ startsWithKeyframe: false })).to.include("keyframe");
    expect(judge({}, info({ audio: { pid: 257, codec: "mp4a.40.2" } }))).to.include("lost");
  });

  it("names a frame that is more than a tick off", () => {
    expect(judge({ pts: [0, 3_002] })).to.include("frame 1 is 2 ticks away");
  });

  it("accepts a tick of rounding, also across the wrap", () => {
    expect(judge({ pts: [1, 2_999] })).to.equal(null);
    expect(judge({ pts: [0, 3_000] }, info({ pts: [2 ** 33 - 1, 2 ** 33 + 2_999] }))).to.equal(null);
  });
});
