import { expect } from "chai";
import { codingHash } from "../../../../offchain/media/checks/coding.ts";
import { examine } from "../../../../offchain/media/checks/examine.ts";
import type { Pair, Reference } from "../../../../offchain/media/checks/interface.ts";
import { createReference } from "../../../../offchain/media/checks/reference.ts";
import { cutSegments, planIngest } from "../../../../offchain/media/cut.ts";
import { StreamflowError } from "../../../../offchain/errors.ts";
import type { FfmpegRunner, Rendition, SourceSegment } from "../../../../offchain/media/interface.ts";
import { judgeStructure } from "../../../../offchain/media/ladder.ts";
import { parseSegment } from "../../../../offchain/media/mpegts.ts";
import { probeInput } from "../../../../offchain/media/probe.ts";
import { createRunner } from "../../../../offchain/media/runner.ts";
import { transcode } from "../../../../offchain/media/transcode.ts";
import { KINDS } from "../../../../tasks/bench/cheats/kinds.ts";
import { remake } from "../../../../tasks/bench/cheats/remake.ts";
import { Workshop } from "../clips.ts";
import { expectCode } from "../../pm/coded.ts";

const ASKED: Rendition = { name: "120p", width: 214, height: 120, encoder: "auditable", preset: "veryfast", crf: 26 };
const OPTIONS = { timeoutMs: 60_000 };
const GRAY = { gray: true, exact: false };
const EXACT = { gray: false, exact: true };

describe("pictures that came back", () => {
  let workshop: Workshop;
  let runner: FfmpegRunner;
  let segments: SourceSegment[];
  let honest: Buffer;
  /** As good, of other bits. */
  let other: Buffer;

  before(async () => {
    workshop = await Workshop.open();
    runner = createRunner(workshop.ffmpeg);
    const input = { path: await workshop.clip("normal.mp4") };
    segments = [];
    const plan = planIngest(await probeInput(workshop.ffmpeg, input));
    for await (const segment of cutSegments(workshop.ffmpeg, input, plan)) segments.push(segment);
    const made = await transcode(runner, segments[1]!.bytes, [ASKED, { ...ASKED, width: 160, height: 90 }], OPTIONS);
    honest = made[0]!.bytes;
    other = await remake(runner, segments[1]!.bytes, ASKED, { encoder: ["-preset", "medium"] });
  });
  after(() => workshop.close());

  const pairOf = (bytes: Buffer): Pair => ({
    source: segments[1]!,
    asked: ASKED,
    got: { bytes, info: parseSegment(bytes) },
  });
  /** Of a machine whose own encodes are no proof: pictures decide. */
  const never = () => Promise.resolve(false);
  const look = (bytes: Buffer, wanted: typeof GRAY) =>
    examine({ runner, transcode, isReference: never }, pairOf(bytes), wanted, OPTIONS);

  async function cheat(name: string): Promise<Buffer> {
    const bytes = await KINDS.find((kind) => kind.name === name)!.make({
      ...{ runner, source: segments[1]!, asked: ASKED, honest, previous: segments[0]!, other: segments[0]! },
      random: () => 0.5,
    });
    // Nothing but the pictures is wrong.
    expect(judgeStructure(segments[1]!.info, ASKED, parseSegment(bytes)), name).to.equal(null);
    return bytes;
  }

  it("are good when they were made as ordered, bit by bit, alone or with others", async () => {
    const gray = await look(honest, GRAY);
    expect(gray).to.include({ verdict: "passed", exact: null });
    expect(gray.gray!.measures).to.include({ dup: 0 });
    const exact = await look(honest, EXACT);
    expect(exact).to.deep.equal({
      ...{ verdict: "passed", fault: null, gray: null, exact: { isEqual: true, verdict: "passed", comparison: null } },
    });
  });

  for (const name of ["frozen", "logo of 5 %", "last half second frozen", "previous segment"])
    it(`fail by small pictures: ${name}`, async () => {
      const { verdict, gray, exact } = await look(await cheat(name), GRAY);
      expect({ verdict, gray: gray!.verdict, isEqual: exact!.isEqual }).to.deep.equal({
        ...{ verdict: "failed", gray: "failed", isEqual: false },
      });
    });

  it("fail beside an own encode where small pictures only make them suspect: another hue, without luma", async () => {
    const { verdict, gray } = await look(await cheat("hue turned by 20°"), GRAY);
    expect({ verdict, gray: gray!.verdict }).to.deep.equal({ verdict: "failed", gray: "suspect" });
  });

  it("fail by their detail when they are encoded again: scaled up", async () => {
    const { verdict, exact } = await look(await cheat("scaled up from half the size"), EXACT);
    expect(verdict).to.equal("failed");
    expect(exact!.comparison!.detail).to.be.below(0.7);
  });

  it("are suspect, and no more, when they are good and other bits: another preset", async () => {
    const { verdict, exact } = await look(other, EXACT);
    expect({ verdict, isEqual: exact!.isEqual }).to.deep.equal({ verdict: "suspect", isEqual: false });
  });

  describe("beside an own encode that has the profile's bits", () => {
    let isReference: Reference;
    before(() => (isReference = createReference(runner)));
    const strictly = (bytes: Buffer, wanted: typeof GRAY, source = segments[1]!) =>
      examine({ runner, transcode, isReference }, { ...pairOf(bytes), source }, wanted, OPTIONS);

    it("fail for other bits alone, however good they are, and however little of the bit rate is gone", async () => {
      const failed = { verdict: "failed", fault: "bits" };
      for (const bytes of [other, await cheat("bit rate ÷2"), await cheat("scaled up from half the size")]) {
        const found = await strictly(bytes, EXACT);
        expect(found).to.include(failed);
        expect(found.exact).to.deep.equal({ isEqual: false, verdict: "failed", comparison: null });
      }
      expect(await strictly(honest, EXACT)).to.include({ verdict: "passed", fault: null });
    });

    it("are encoded again when small pictures do not clear them, and fail for their bits", async () => {
      for (const name of ["hue turned by 20°", "frozen"]) {
        const { verdict, fault, gray, exact } = await strictly(await cheat(name), GRAY);
        const found = { verdict, fault, isClear: gray!.verdict === "passed", isEqual: exact!.isEqual };
        expect(found, name).to.deep.equal({ verdict: "failed", fault: "bits", isClear: false, isEqual: false });
      }
    });

    it("do not fail for other bits of a source that does not decode without a fault", async () => {
      const damaged = Buffer.from(segments[1]!.bytes);
      // The middle of a picture in the middle of the segment.
      const at = 188 * Math.floor(damaged.length / 376);
      for (let packet = at; packet < at + 188 * 6; packet += 188)
        if ((damaged[packet + 1]! & 0x40) === 0) damaged.fill(0xa5, packet + 60, packet + 188);
      const source = { ...segments[1]!, bytes: damaged, info: parseSegment(damaged) };
      const [made] = await transcode(runner, damaged, [{ ...ASKED, preset: "medium" }], OPTIONS);
      const { verdict, exact } = await strictly(made!.bytes, EXACT, source);
      expect({ verdict, isEqual: exact!.isEqual }).to.deep.equal({ verdict: "suspect", isEqual: false });
    });
  });

  it("are good when fast work is encoded again, whatever its bits, and fail when it is not what the source shows", async () => {
    const asked: Rendition = { ...ASKED, encoder: "fast" };
    const [fast] = await transcode(runner, segments[1]!.bytes, [asked], OPTIONS);
    const again = (bytes: Buffer) =>
      examine({ runner, transcode, isReference: createReference(runner) }, { ...pairOf(bytes), asked }, EXACT, OPTIONS);
    const { verdict, exact } = await again(fast!.bytes);
    expect({ verdict, isEqual: exact!.isEqual }).to.deep.equal({ verdict: "passed", isEqual: false });
    expect((await again(other)).verdict).to.equal("passed");
    for (const name of ["frozen", "scaled up from half the size"])
      expect((await again(await cheat(name))).verdict, name).to.equal("failed");
  });

  it("fail when they cannot be decoded", async () => {
    const noise = Buffer.from(honest);
    // What follows the first slice's header becomes ones: the packets stay as they are.
    for (let at = 188 * 8; at + 188 <= noise.length; at += 188) {
      if ((noise[at + 1]! & 0x40) === 0 && (noise[at + 3]! & 0x20) === 0) noise.fill(0xff, at + 40, at + 188);
    }
    expect((await look(noise, GRAY)).verdict).to.equal("failed");
  });

  it("fail when they end the decoder, and its source does not", async () => {
    const breaking: FfmpegRunner = {
      ffmpeg: runner.ffmpeg,
      run: (job) =>
        job.inputs.length === 1 ? runner.run(job) : Promise.reject(new StreamflowError("FfmpegFailed", "no picture")),
    };
    for (const wanted of [GRAY, EXACT]) {
      const { verdict, gray } = await examine(
        { runner: breaking, transcode, isReference: never },
        pairOf(other),
        wanted,
        OPTIONS,
      );
      expect({ verdict, measures: gray!.measures }).to.deep.equal({ verdict: "failed", measures: null });
    }
    // Nothing can be said where the source does not decode either.
    const broken = { ...breaking, run: () => Promise.reject(new StreamflowError("FfmpegFailed", "no")) };
    await expectCode(
      examine({ runner: broken, transcode, isReference: never }, pairOf(other), GRAY, OPTIONS),
      "FfmpegFailed",
    );
  });

  it("pass, whatever they look like, when the own encode is equal: the source is to blame", async () => {
    const frozen = await cheat("frozen");
    const [own] = [{ name: "own", bytes: frozen, info: parseSegment(frozen) }];
    const alike = await examine(
      { runner, transcode: () => Promise.resolve([own]), isReference: never },
      pairOf(frozen),
      GRAY,
      OPTIONS,
    );
    expect(alike).to.include({ verdict: "passed" });
    expect(alike.gray!.verdict).to.equal("failed");
  });

  it("are judged by small pictures alone when they cannot be encoded again", async () => {
    const broken = () => Promise.reject(new StreamflowError("TranscodeFailed", "no"));
    const modules = { runner, transcode: broken, isReference: createReference(runner) };
    for (const wanted of [GRAY, EXACT]) {
      expect(await examine(modules, pairOf(await cheat("frozen")), wanted, OPTIONS)).to.include({ verdict: "failed" });
      expect(await examine(modules, pairOf(honest), wanted, OPTIONS)).to.include({ verdict: "passed" });
    }
  });

  it("N3: are not looked at for longer than the time limit, nor after the signal", async () => {
    await expectCode(
      examine({ runner, transcode, isReference: never }, pairOf(honest), GRAY, { timeoutMs: 1 }),
      "FfmpegTimedOut",
    );
    const reason = new Error("enough");
    const looking = examine({ runner, transcode, isReference: never }, pairOf(honest), GRAY, {
      ...OPTIONS,
      signal: AbortSignal.abort(reason),
    });
    expect(await looking.catch((thrown: unknown) => thrown)).to.equal(reason);
  });

  it("have one hash in any container and with any additional information", async () => {
    // The same order with a delimiter before each picture and x264's banner after it.
    const talkative = await remake(runner, segments[1]!.bytes, ASKED, { encoder: ["-bsf:v", "null"] });
    expect(talkative.equals(honest)).to.equal(false);
    expect(codingHash(talkative)).to.equal(codingHash(honest));
    expect(codingHash(await cheat("a picture late"))).not.to.equal(codingHash(honest));
  });
});
