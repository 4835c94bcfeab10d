import { join } from "node:path";
import { expect } from "chai";
import type { StreamflowError } from "../../../offchain/errors.ts";
import { codingHash } from "../../../offchain/media/checks/coding.ts";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import type { FfmpegRunner, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { judgeStructure } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { createRunner } from "../../../offchain/media/runner.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import { ffmpeg__FakeWithNvenc } from "../../fixtures/fake-nvenc.ts";
import { Workshop } from "./clips.ts";

const AUDITABLE: Rendition = {
  ...{ name: "a", width: 160, height: 90, encoder: "auditable", preset: "veryfast", crf: 28 },
};
const FAST: Rendition = { ...AUDITABLE, name: "f", encoder: "fast" };

describe("fast renditions", () => {
  let workshop: Workshop;
  let segment: SourceSegment;
  /** Those of `AUDITABLE` by the processor. */
  let auditable: string;
  before(async () => {
    workshop = await Workshop.open();
    const input = { path: await workshop.clip("normal.mp4") };
    const plan = planIngest(await probeInput(workshop.ffmpeg, input));
    for await (segment of cutSegments(workshop.ffmpeg, input, plan)) break;
    const [made] = await transcode(createRunner(workshop.ffmpeg), segment.bytes, [AUDITABLE], { timeoutMs: 60_000 });
    auditable = codingHash(made!.bytes);
  });
  after(() => workshop.close());

  /** Both renditions, by an ffmpeg; and why hardware failed. */
  async function both(runner: FfmpegRunner, hardware: "h264_nvenc" | null) {
    const failures: StreamflowError[] = [];
    const onHardwareFailure = (error: StreamflowError): void => void failures.push(error);
    const made = await transcode(runner, segment.bytes, [AUDITABLE, FAST], {
      ...{ timeoutMs: 60_000, hardware, onHardwareFailure },
    });
    expect(made.map(({ info }, i) => judgeStructure(segment.info, [AUDITABLE, FAST][i]!, info))).to.deep.equal([
      ...[null, null],
    ]);
    // Whatever stands beside it, what is auditable has the same bits.
    expect(codingHash(made[0]!.bytes)).to.equal(auditable);
    return { fast: codingHash(made[1]!.bytes), failures };
  }

  async function withDevice(device: "works" | "drops" | "fails"): Promise<FfmpegRunner> {
    const path = join(workshop.directory, `ffmpeg-${device}`);
    await ffmpeg__FakeWithNvenc(path, device);
    return createRunner({ ...workshop.ffmpeg, path });
  }

  it("are made by the processor where there is no device, in other bits", async () => {
    const { fast, failures } = await both(createRunner(workshop.ffmpeg), null);
    expect(fast).not.to.equal(auditable);
    expect(failures).to.deep.equal([]);
  });

  it("are made by the device where there is one", async () => {
    const [{ fast: byDevice, failures }, { fast: byProcessor }] = await Promise.all([
      both(await withDevice("works"), "h264_nvenc"),
      both(createRunner(workshop.ffmpeg), null),
    ]);
    expect(failures).to.deep.equal([]);
    expect(byDevice).not.to.equal(byProcessor);
  });

  for (const [device, why] of [
    ["fails", "no session is left"],
    ["drops", "frames, the source"],
  ] as const)
    it(`are made by the processor after all when the device ${device}`, async () => {
      const { fast, failures } = await both(await withDevice(device), "h264_nvenc");
      expect(failures.map(({ code, message }) => [code, message.includes(why)])).to.deep.equal([
        ...[["TranscodeFailed", true]],
      ]);
      expect(fast).to.equal((await both(createRunner(workshop.ffmpeg), null)).fast);
    });

  it("never ask a device for what is auditable", async () => {
    const runner = await withDevice("fails");
    const failures: unknown[] = [];
    const [made] = await transcode(runner, segment.bytes, [AUDITABLE], {
      ...{ timeoutMs: 60_000, hardware: "h264_nvenc", onHardwareFailure: (error) => failures.push(error) },
    });
    expect(codingHash(made!.bytes)).to.equal(auditable);
    expect(failures).to.deep.equal([]);
  });
});
