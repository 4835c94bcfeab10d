import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parse, types } from "hls-parser";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import type { SegmentInfo } from "../../offchain/media/interface.ts";
import { streamReportSchema, type StreamReport } from "../../offchain/node/stream-report.ts";
import { closeLedger, openLedger } from "../../tasks/devnet/ledger.ts";
import { makeClip, realClip, type ClipOptions } from "../fixtures/clips.ts";
import { ffprobe, hasFfprobe } from "../fixtures/ffprobe.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

/** A 90 kHz tick is the resolution of MPEG-TS times [s]. */
const TICK = 1 / 90_000;

function expectNear(have: number, want: number, tolerance: number, what: string): void {
  expect(Math.abs(have - want) <= tolerance, `${what}: ${have}, expected ${want} ± ${tolerance}`).to.equal(true);
}

interface Variant {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly codecs: string;
  readonly segments: readonly SegmentInfo[];
}

async function readMaster(dir: string): Promise<Variant[]> {
  const master = parse(await readFile(join(dir, "index.m3u8"), "utf8"));
  if (!(master instanceof types.MasterPlaylist)) throw new Error("not a master playlist");
  return Promise.all(
    master.variants.map(async ({ uri, resolution, codecs }) => {
      const name = uri.split("/")[0] ?? "";
      const media = parse(await readFile(join(dir, uri), "utf8"));
      if (!(media instanceof types.MediaPlaylist)) throw new Error("not a media playlist");
      expect(media.endlist, `${name} is closed`).to.equal(true);
      const segments = await Promise.all(
        media.segments.map(async (segment) => parseSegment(await readFile(join(dir, name, segment.uri)))),
      );
      media.segments.forEach((segment, index) =>
        expectNear(
          segment.duration,
          (segments[index]?.durationTicks ?? 0) * TICK,
          0.001,
          `duration of ${name} ${index}`,
        ),
      );
      return { name, width: resolution?.width ?? 0, height: resolution?.height ?? 0, codecs: codecs ?? "", segments };
    }),
  );
}

describe("a stream through the network", () => {
  let net: TestNetwork;
  let streams = 0;

  before(async () => {
    net = await startTestNetwork();
  });
  after(() => net.close());

  /** Streams one input; checks what every stream must satisfy, whatever its shape. */
  async function stream(
    input: string,
  ): Promise<{ report: StreamReport; variants: Variant[]; source: Variant; out: string }> {
    const out = join(net.dir, `stream-${streams++}`);
    const file = `${out}.json`;
    const opening = await openLedger(net.devnet);
    const wins = new Set<unknown>();
    const listeners = net.devnet.orchestrators.map(({ process }) =>
      process.onLine((line) => line.msg === "ticket won" && wins.add(line)),
    );
    const broadcaster = await net.devnet.startBroadcaster({ input, out, report: file });
    expect(await broadcaster.exited(), broadcaster.errorOutput).to.equal(0);
    await net.devnet.redeemed(AbortSignal.timeout(300_000));
    for (const stop of listeners) stop();

    const report = streamReportSchema.parse(JSON.parse(await readFile(file, "utf8")));
    expect(report.missing).to.deep.equal([]);
    expect(report.ticketsSent).to.be.at.least(report.segments);
    const ledger = await closeLedger(net.devnet, opening);
    expect(ledger.contradictions).to.deep.equal([]);
    expect(ledger.redeemed).to.equal(wins.size);

    const variants = await readMaster(out);
    const source = variants.find(({ name }) => name === "source");
    if (source === undefined) throw new Error("the source is not passed through");
    expect(variants.map(({ name }) => name)).to.have.members(["source", ...report.renditions.map(({ name }) => name)]);
    for (const variant of variants) {
      expect(variant.segments).to.have.length(report.segments);
      variant.segments.forEach((segment, index) => {
        // Players switch between renditions at any segment: times and keyframes have to be the same in all of them.
        expect(segment.pts, `${variant.name} ${index}`).to.deep.equal(source.segments[index]?.pts);
        expect(segment.startsWithKeyframe, `${variant.name} ${index}`).to.equal(true);
        expect(segment.video).to.include({ width: variant.width, height: variant.height });
        expect(segment.audio === null, `${variant.name} ${index} sound`).to.equal(
          source.segments[index]?.audio === null,
        );
        expect(variant.codecs).to.contain("avc1.");
      });
      for (const [index, segment] of variant.segments.slice(1).entries())
        expect(segment.firstPts).to.be.above(variant.segments[index]?.lastPts ?? 0);
    }
    return { report, variants, source, out };
  }

  /** An independent judge: count, duration, size, codec and sound of each rendition against the file that went in. */
  async function compareWithFfprobe(
    input: string,
    out: string,
    variants: readonly Variant[],
    sameFrames: boolean,
  ): Promise<void> {
    if (!hasFfprobe) return;
    const original = await ffprobe(input);
    for (const { name, width, height, segments } of variants) {
      const got = await ffprobe(join(out, name, "index.m3u8"));
      const frame = (original.video.end - original.video.start) / original.video.frames;
      expect(got.video).to.include({ codec: "h264", width, height });
      if (sameFrames) expect(got.video.frames, `${name} frames`).to.equal(original.video.frames);
      expectNear(
        got.video.end - got.video.start,
        original.video.end - original.video.start,
        frame * segments.length + 0.001,
        `${name} duration`,
      );
      expect(got.audio?.codec ?? null, `${name} sound`).to.equal(original.audio === null ? null : "aac");
      if (got.audio === null || original.audio === null) continue;
      // In sync: the distance between the beginnings of sound and picture is what it was, within one AAC frame and one video frame.
      const offset = got.audio.start - got.video.start - (original.audio.start - original.video.start);
      expectNear(offset, 0, 0.025 + frame, `${name} sync at the beginning`);
      expectNear(
        got.audio.end - got.video.end,
        original.audio.end - original.video.end,
        0.05 + frame,
        `${name} sync at the end`,
      );
    }
  }

  const generated = (name: string, options: Omit<ClipOptions, "file">, extension = "mp4") =>
    makeClip({ ...options, file: join(net.dir, `${name}.${extension}`) });

  for (const clip of ["big-buck-bunny-720p.mp4", "flower-540p.mp4", "traffic-432p.mp4"]) {
    it(`delivers the real clip ${clip}, paid exactly`, async function () {
      const input = realClip(clip);
      if (input === null) return this.skip();
      const { report, variants, out } = await stream(input);
      expect(report.deliveredPercent).to.equal(100);
      expect(report.orchestrators.length, "both orchestrators worked").to.equal(2);
      await compareWithFfprobe(input, out, variants, true);
    });
  }

  it("keeps a vertical video vertical", async () => {
    const input = await generated("vertical", { seconds: 4, size: "360x640" });
    const { variants, out } = await stream(input);
    expect(variants.map(({ name, width, height }) => `${name} ${width}x${height}`)).to.include("240p 240x426");
    await compareWithFfprobe(input, out, variants, true);
  });

  it("keeps every frame of a variable frame rate at its time", async () => {
    const input = await generated("vfr", { seconds: 4, variableRate: true });
    const { variants, source, out } = await stream(input);
    const gaps = new Set(
      source.segments.flatMap(({ pts }) => pts.slice(1).map((time, index) => time - (pts[index] ?? 0))),
    );
    expect(gaps.size, "distances between frames differ").to.be.above(1);
    await compareWithFfprobe(input, out, variants, true);
  });

  it("delivers a video without sound", async () => {
    const input = await generated("silent", { seconds: 4, audio: false });
    const { variants, out } = await stream(input);
    await compareWithFfprobe(input, out, variants, true);
  });

  it("re-encodes on ingest what cannot be cut as it is: an odd size, another codec, keyframes too far apart", async () => {
    const odd = await generated("odd", { seconds: 3, size: "641x361", video: ["-c:v", "mpeg4", "-q:v", "4"] });
    const first = await stream(odd);
    expect(first.report.ingest).to.equal("encode");
    expect(first.source).to.deep.include({ width: 640, height: 360 });

    const sparse = await generated("sparse", { seconds: 6, keyframes: 300 });
    const second = await stream(sparse);
    expect(second.report.ingest).to.equal("encode");
    expect(second.report.segments).to.equal(3);
    await compareWithFfprobe(sparse, second.out, second.variants, true);
  });

  it("does not upscale: a source smaller than the ladder has one rendition of its own size", async () => {
    const input = await generated("small", { seconds: 2, size: "160x120" });
    const { report } = await stream(input);
    expect(report.renditions).to.deep.equal([{ name: "120p", width: 160, height: 120 }]);
  });
});
