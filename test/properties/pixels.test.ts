import { expect } from "chai";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncoderPreset, FfmpegRunner, Profile } from "../../offchain/media/interface.ts";
import { describeFinding } from "../../offchain/verification/pixels/findings.ts";
import { type Judgement, pixelsProgram, runPixels } from "../../offchain/verification/pixels/judge.ts";
import { PIXELS_LIMITS, pixelsParametersOf } from "../../offchain/verification/pixels/parameters.ts";
import { ssimOf } from "../../offchain/verification/pixels/units.ts";
import { type ClipOptions, makeClip, realClip, testRunner } from "../fixtures/clips.ts";
import { expectClose } from "../fixtures/close.ts";
import { CHEATS, chromaOf, detailOf, motionOf } from "../fixtures/pixels/cheats.ts";
import { decode, type Frames, generate, pack } from "../fixtures/pixels/frames.ts";
import { type Sample, samplesOf } from "../fixtures/structure/samples.ts";
import { ANYTHING } from "../unit/verification/pixels/scenes.ts";
import { TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const PRESETS: readonly EncoderPreset[] = ["veryfast", "ultrafast", "superfast", "faster", "fast", "medium"];
const FACTORS = [23, 28, 18, 0, 35, 51];
const REAL_CLIPS = ["flower-540p.mp4", "big-buck-bunny-720p.mp4", "traffic-432p.mp4"];
/** {1} Pictures of a segment that are judged. */
const PICTURES = 10;
/** {squared steps} Of motion: far more than the error of an encoder at the factor that cheats are made with. */
const MOVES = 12;
/** {squared steps} Of detail that blocks of 16 lose. Dark and flat material has less. */
const DETAILED = 100;
/** {steps} Of the mean difference between the chroma planes. */
const COLOURFUL = 12;

const SOURCES: readonly Omit<ClipOptions, "file">[] = [
  { seconds: 2, size: "320x180", rate: 30 },
  { seconds: 2, size: "180x320", rate: 24, audio: false },
  { seconds: 2, size: "338x194", rate: 25, variableRate: true },
];

/** Two renditions of a segment; every preset and factor comes in turn. */
function profilesOf(turn: number): Profile[] {
  return [144, 96].map((shortSide, i) => ({
    name: `${shortSide}p`,
    shortSide,
    encoder: "auditable",
    preset: PRESETS[(turn + i) % PRESETS.length]!,
    crf: FACTORS[Math.floor(turn / PRESETS.length + i) % FACTORS.length]!,
  }));
}

interface Decoded {
  readonly sample: Sample;
  readonly source: Frames;
  readonly outputs: readonly Frames[];
}

const firstOf = (frames: Frames): Frames => ({ ...frames, pictures: frames.pictures.slice(0, PICTURES) });

describe("The pixels program", function () {
  this.timeout(TIME_LIMIT);

  const program = pixelsProgram();
  let runner: FfmpegRunner;
  let directory: string;
  let clips: string[];
  before(async () => {
    clips = REAL_CLIPS.map(realClip).filter((path) => path !== null);
    runner = await testRunner();
    directory = await mkdtemp(join(tmpdir(), "streamflow-pixels-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const judge = ({ sample, source }: Decoded, outputIndex: number, output: Frames): Judgement =>
    runPixels(program, {
      parameters: pixelsParametersOf(sample.renditions),
      source: pack(source),
      output: pack(output),
      outputIndex,
    });

  /** Segments of generated sources and of the real clips that there are, decoded. */
  async function* samples(segments: number, profiles: (turn: number) => Profile[]): AsyncGenerator<Decoded> {
    for (let made = 0, lap = 0; made < segments; lap += 1) {
      for (const [number, source] of [...SOURCES, ...clips].entries()) {
        const file = join(directory, `${number}.mp4`);
        const path = typeof source === "string" ? source : await makeClip({ ...source, keyframes: 12 + 5 * lap, file });
        const options = { most: 1 + lap, segmentMs: 400 };
        for await (const sample of samplesOf(runner, path, () => profiles(made), options)) {
          const decoded = await Promise.all([sample.source, ...sample.outputs].map((bytes) => decode(runner, bytes)));
          const [first, ...outputs] = decoded.map(firstOf);
          yield { sample, source: first!, outputs };
          made += 1;
          if (made === segments) return;
        }
      }
    }
  }

  it("V2: passes what the project's own transcoder makes, of every preset, factor and clip", async () => {
    let outputs = 0;
    for await (const decoded of samples(runsOf(12), profilesOf)) {
      for (const [i, output] of decoded.outputs.entries()) {
        const { verdict, finding } = judge(decoded, i, output);
        const { name, renditions } = decoded.sample;
        const what = `${name}, ${JSON.stringify(renditions[i])}: ${finding === null ? "" : describeFinding(finding)}`;
        expect(verdict, what).to.equal("pass");
        outputs += 1;
      }
    }
    expectOften(outputs, 24, "honest outputs");
  });

  it("V2: finds the fault in every gross cheat on every sample", async () => {
    let cheats = 0;
    const usual = (): Profile[] =>
      [144, 96].map((shortSide) => ({
        name: `${shortSide}p`,
        shortSide,
        encoder: "auditable",
        preset: "veryfast",
        crf: 23,
      }));
    for await (const decoded of samples(SOURCES.length + clips.length, usual)) {
      const [output, otherSize] = decoded.outputs as [Frames, Frames];
      const other = await generate(runner, output, output.pictures.length);
      for (const { name, make, codes, needs } of CHEATS) {
        if (needs === "motion" && motionOf(output) < MOVES) continue;
        if (needs === "detail" && detailOf(output) < DETAILED) continue;
        if (needs === "colour" && chromaOf(output) < COLOURFUL) continue;
        const { verdict, finding } = judge(decoded, 0, make({ output, other, otherSize }));
        const what = `${decoded.sample.name} ${name}: ${finding === null ? "nothing" : describeFinding(finding)}`;
        expect(verdict, what).to.equal("fault");
        expect(codes, what).to.include(finding?.code);
        cheats += 1;
      }
    }
    expectOften(cheats, SOURCES.length * (CHEATS.length - 6), "cheats");
  });

  /** A filter's line for each picture, in which `field` is a number. */
  async function filtered(filter: string, field: RegExp, size: Frames, files: readonly string[]): Promise<number[]> {
    const log = join(directory, "stats.log");
    const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${size.width}x${size.height}`];
    await runner.run({
      global: ["-v", "error"],
      inputs: files.map((source) => ({ source, options: raw })),
      filterGraph: `[0:v][1:v]${filter}=stats_file=${log}[out]`,
      outputs: [{ target: join(directory, "none.yuv"), options: ["-map", "[out]", "-f", "null"] }],
      timeoutMs: 60_000,
    });
    const lines = (await readFile(log, "utf8")).trim().split("\n");
    return lines.map((line) => Number(field.exec(line)?.[1]));
  }

  it("V2: measures what ffmpeg's psnr and ssim measure, where nothing is scaled", async () => {
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    let compared = 0;
    for await (const { source, sample } of samples(SOURCES.length + clips.length, (turn) => {
      return [{ name: "same", shortSide: 180, encoder: "auditable", preset: "veryfast", crf: [18, 28, 40][turn % 3]! }];
    })) {
      // The same size: the source's own encoded again.
      const rendition = { ...sample.renditions[0]!, width: source.width, height: source.height };
      const [from, to] = [join(directory, "from.yuv"), join(directory, "to.yuv")];
      await writeFile(from, Buffer.concat(source.pictures));
      const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${source.width}x${source.height}`];
      await runner.run({
        global: ["-v", "error"],
        inputs: [{ source: from, options: raw }],
        outputs: [{ target: join(directory, "to.ts"), options: ["-c:v", "libx264", "-crf", String(rendition.crf)] }],
        timeoutMs: 60_000,
      });
      const output = await decode(runner, await readFile(join(directory, "to.ts")));
      await writeFile(to, Buffer.concat(output.pictures));
      const parameters = {
        ...PIXELS_LIMITS,
        outputs: [{ ...ANYTHING, width: source.width, height: source.height, outputBytes: 2 ** 26 }],
      };
      const { measured } = runPixels(program, {
        parameters,
        source: pack(source),
        output: pack(output),
        outputIndex: 0,
      });
      const errors = await filtered("psnr", /mse_y:(\S+)/, source, [to, from]);
      const similarities = await filtered("ssim", / Y:(\S+)/, source, [to, from]);
      // A sixteenth of a squared step, and two decimals.
      expectClose(measured.lumaMean / 16, mean(errors), 1 / 16 + 0.005);
      expectClose(measured.lumaWorst / 16, Math.max(...errors), 1 / 16 + 0.005);
      // Three roundings towards zero, of 2^-15 each.
      expectClose(ssimOf(measured.similarityMean), mean(similarities), 0.0002);
      expectClose(ssimOf(measured.similarityWorst), Math.min(...similarities), 0.0002);
      compared += measured.compared;
    }
    expectOften(compared, 20, "pictures");
  });
});
