import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import type { EncoderPreset, FfmpegRunner, Profile } from "../../offchain/media/interface.ts";
import { describeFinding } from "../../offchain/verification/structure/findings.ts";
import {
  type Judgement,
  runStructure,
  StructureJudge,
  structureProgram,
} from "../../offchain/verification/structure/judge.ts";
import { structureParametersOf } from "../../offchain/verification/structure/parameters.ts";
import { Random } from "../../sim/engine/random.ts";
import { type ClipOptions, makeClip, realClip, testRunner } from "../fixtures/clips.ts";
import { CHEATS, REMADE, remake } from "../fixtures/structure/cheats.ts";
import { type Sample, samplesOf } from "../fixtures/structure/samples.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const PRESETS: readonly EncoderPreset[] = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium"];
const FACTORS = [23, 28, 18, 0, 35, 51];
const REAL_CLIPS = ["flower-540p.mp4", "big-buck-bunny-720p.mp4", "traffic-432p.mp4"];

/** Generated sources: rates from cinema to sport, upright and lying, reordered and not, with and without sound. */
const SOURCES: readonly Omit<ClipOptions, "file">[] = [
  { seconds: 4, size: "320x180", rate: 30 },
  { seconds: 4, size: "180x320", rate: 24, audio: false },
  { seconds: 4, size: "336x192", rate: 25, variableRate: true },
  { seconds: 3, size: "320x180", rate: 60, video: ["-c:v", "libx264", "-preset", "veryfast"] },
  { seconds: 4, size: "322x182", rate: 15, audio: false, video: ["-c:v", "libx264", "-preset", "medium", "-bf", "8"] },
  { seconds: 4, size: "320x240", rate: 12.5, video: ["-c:v", "mpeg4"] },
];

/** Three renditions of a segment; every preset, factor and encoder comes in turn. */
function profilesOf(turn: number): Profile[] {
  return [180, 144, 96].map((shortSide, i) => {
    const crf = FACTORS[Math.floor(turn / PRESETS.length + i) % FACTORS.length]!;
    return {
      name: `${shortSide}p`,
      shortSide,
      encoder: (turn + i) % 3 === 2 && crf !== 0 ? "fast" : "auditable",
      preset: PRESETS[(turn + i) % PRESETS.length]!,
      crf,
    };
  });
}

/** What cheats are made from has as many pictures as they ask for. */
const FEWEST_PICTURES = 8;

describe("The structure program", function () {
  this.timeout(TIME_LIMIT);

  const program = structureProgram();
  let runner: FfmpegRunner;
  let directory: string;
  let clips: string[];
  before(async () => {
    clips = REAL_CLIPS.map(realClip).filter((path) => path !== null);
    runner = await testRunner();
    directory = await mkdtemp(join(tmpdir(), "streamflow-structure-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const translated = new StructureJudge(program);
  const judge = ({ source, renditions }: Sample, outputIndex: number, output: Uint8Array): Judgement => {
    const judged = { parameters: structureParametersOf(renditions), source, output, outputIndex };
    const judgement = runStructure(program, judged);
    // What nodes run says the same, word for word.
    expect(translated.judge(judged)).to.deep.equal(judgement);
    return judgement;
  };

  /**
   * Segments from generated sources, the first ones the same in every run, and from the real clips that there are.
   * @param turnOf the turn of `profilesOf`, from the numbers of source and segment
   */
  async function* samples(
    segments: number,
    turnOf: (source: number, segment: number) => number,
  ): AsyncGenerator<Sample> {
    let [made, number] = [0, 0];
    for (let lap = 0; made < segments; lap += 1) {
      for (const source of [...SOURCES, ...clips]) {
        const keyframes = 10 + 7 * lap;
        const file = join(directory, `${number}.mp4`);
        const path = typeof source === "string" ? source : await makeClip({ ...source, keyframes, file });
        const options = typeof source === "string" ? { most: 2 + lap } : { most: 2, segmentMs: 500 };
        const first = made;
        for await (const sample of samplesOf(runner, path, (n) => profilesOf(turnOf(number, first + n)), options)) {
          yield sample;
          made += 1;
          if (made === segments) return;
        }
        await rm(file, { force: true });
        number += 1;
      }
    }
  }

  it("V2: passes what the project's own transcoder makes, of every preset, rate and clip", async () => {
    let outputs = 0;
    let bytes = 0;
    let steps = 0;
    for await (const sample of samples(runsOf(16), (_, segment) => segment)) {
      for (const [i, output] of sample.outputs.entries()) {
        const judgement = judge(sample, i, output);
        const { finding, verdict } = judgement;
        const what = `${sample.name}, ${JSON.stringify(sample.renditions[i])}: ${finding === null ? "" : describeFinding(finding)}`;
        expect(verdict, what).to.equal("pass");
        outputs += 1;
        bytes += sample.source.length + output.length;
        steps += judgement.steps;
      }
    }
    expectOften(outputs, 40, "honest outputs");
    // What is promised for material of an encoder; the bound against an attacker is another test's.
    expect(steps / bytes).to.be.below(4);
  });

  it("V2: finds the fault in every cheat on every sample", async () => {
    const random = new Random(SEED, 0);
    let cheats = 0;
    let before: Sample | null = null;
    for await (const sample of samples(runsOf(4), (source) => source)) {
      const neighbour: Sample | null = before;
      before = sample;
      // The second of two segments of one source, made alike.
      if (neighbour?.name.split(",")[0] !== sample.name.split(",")[0]) continue;
      const index = sample.renditions.findIndex(
        ({ encoder, preset, crf }) => encoder === "auditable" && preset !== "ultrafast" && crf !== 0,
      );
      const output = sample.outputs[index]!;
      // The last segment of a clip may have one picture: of that nothing can be left out.
      if (parseSegment(output).frames < FEWEST_PICTURES) continue;
      const honest = { output, neighbour: neighbour!.outputs[index]!, otherSize: sample.outputs[(index + 1) % 3]! };
      for (const { name, make, codes } of CHEATS) {
        expectFault(judge(sample, index, make(honest, random)), `${sample.name} ${name}`, codes);
        cheats += 1;
      }
      for (const { name, code, options, needsAudio } of REMADE) {
        if (needsAudio === true && !sample.hasAudio) continue;
        expectFault(judge(sample, index, await remake(runner, output, options)), `${sample.name} ${name}`, [code]);
        cheats += 1;
      }
    }
    expectOften(cheats, 2 * (CHEATS.length + REMADE.length) - 2, "cheats");
  });
});

function expectFault({ verdict, finding }: Judgement, what: string, codes: readonly string[]): void {
  const found = finding === null ? "nothing" : describeFinding(finding);
  expect(verdict, `${what}: ${found}`).to.equal("fault");
  expect(codes, `${what}: ${found}`).to.include(finding?.code);
}
