import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import { createRunner, resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import { DEFAULT_LADDER, fitLadder } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import {
  type Judgement,
  type StructureCase,
  structureCase,
  StructureJudge,
  structureProgram,
} from "../../../offchain/verification/structure/judge.ts";
import { structureParametersOf } from "../../../offchain/verification/structure/parameters.ts";
import { startInterpreter } from "../../../offchain/vm/interpreter.ts";
import { startOf } from "../../../offchain/vm/start.ts";
import { generateClip } from "../../demo/input.ts";

const CLIP_SECONDS = 30;
const TRANSCODE_MS = 120_000;
/** Times that everything is judged again, when all is compiled. */
const TURNS = 5;
/** Of `/proc/self/stat`, 1/s; Linux has it the same everywhere. */
const TICKS_PER_SECOND = 100;
/** Positions of the CPU times of children that have ended, behind the process's name. */
const [CHILDREN_USER, CHILDREN_SYSTEM] = [13, 14];

export interface Judging {
  /** {million steps per CPU second} Of the structure program on real segments: of the interpreter alone, and of the translation with all that a judgement takes. */
  readonly mips: { readonly fast: number; readonly aot: number };
  /** {%} CPU of judging all renditions, of the CPU of transcoding them: as the process goes on, and with its start, over 30 s of video. */
  readonly percent: { readonly steady: number; readonly withStart: number };
  readonly segments: number;
  readonly outputs: number;
  readonly steps: number;
  readonly transcodingCpuSeconds: number;
}

/** {s} CPU that ended children have used. */
function childrenCpu(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_SYSTEM])) / TICKS_PER_SECOND;
}

/** {s} CPU of all threads of this process. */
function cpuOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Transcodes a generated clip as a node does, and judges every rendition of every segment. */
export async function measureJudging(): Promise<Judging> {
  const directory = await mkdtemp(path.join(tmpdir(), "streamflow-bench-"));
  try {
    const { cases, transcodingCpuSeconds, segments } = await work(directory);
    const program = structureProgram();
    let judge: StructureJudge | undefined;
    const all = (judgeOne: (judged: StructureCase) => Judgement): number =>
      cases.reduce((steps, judged) => steps + judgeOne(judged).steps, 0);
    const judgeAll = (): number => all((judged) => (judge ??= new StructureJudge(program)).judge(judged));

    const start = cpuOf(judgeAll);
    judgeAll();
    let steps = 0;
    const steady = cpuOf(() => {
      for (let turn = 0; turn < TURNS; turn += 1) steps = judgeAll();
    });
    let interpreted = 0;
    for (const turn of [0, 1]) {
      for (const judged of cases) {
        const machine = startInterpreter(startOf(structureCase(program, judged)));
        const seconds = cpuOf(() => machine.run(Number.MAX_SAFE_INTEGER));
        // Once before, so that V8 has compiled it.
        if (turn > 0) interpreted += seconds;
      }
    }
    const percentOf = (seconds: number): number => (100 * seconds) / transcodingCpuSeconds;
    return {
      mips: { fast: steps / interpreted / 1e6, aot: (TURNS * steps) / steady / 1e6 },
      percent: { steady: percentOf(steady / TURNS), withStart: percentOf(start) },
      segments,
      outputs: cases.length,
      steps,
      transcodingCpuSeconds,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function work(directory: string) {
  const runner = createRunner(await resolveFfmpeg());
  const clip = { path: await generateClip(runner, directory, CLIP_SECONDS) };
  const plan = planIngest(await probeInput(runner.ffmpeg, clip));
  const renditions = fitLadder(DEFAULT_LADDER, plan);
  const parameters = structureParametersOf(renditions);
  const cases: StructureCase[] = [];
  let segments = 0;
  let transcodingCpuSeconds = 0;
  for await (const { bytes: source } of cutSegments(runner.ffmpeg, clip, plan)) {
    const before = childrenCpu();
    const outputs = await transcode(runner, source, renditions, { timeoutMs: TRANSCODE_MS });
    transcodingCpuSeconds += childrenCpu() - before;
    segments += 1;
    outputs.forEach(({ bytes }, outputIndex) => cases.push({ parameters, source, output: bytes, outputIndex }));
  }
  return { cases, segments, transcodingCpuSeconds };
}
