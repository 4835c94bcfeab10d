import { z } from "zod";

export const optionsSchema = z.strictObject({
  /** {1} Of the run whose first answer is timed. The program's output is full after a little more. */
  steps: z.int().positive().max(1_600_000_000),
});

const rates = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });

export const workerResultSchema = z.strictObject({
  /** {million steps per CPU second} Medians, of a program that runs for long. */
  mips: z.strictObject({ reference: z.number(), fast: z.number(), aot: z.number(), timesReference: z.number() }),
  /** {%} CPU of judging every rendition by its structure, of the CPU of transcoding them, in a process that goes on. */
  judgeCpuPercentOfTranscoding: z.number(),
  judging: z.strictObject({
    /** {%} The same with the translation and its compilation, over 30 s of video. */
    cpuPercentWithStart: z.number(),
    /** {million steps per CPU second} Of whole judgements of real segments; the interpreter's with a new machine for each. */
    mips: z.strictObject({ fast: z.number(), aot: z.number() }),
    segments: z.int(),
    outputs: z.int(),
    steps: z.int(),
    transcodingCpuSeconds: z.number(),
  }),
  /** {MB per CPU second} Median over segments of 16 MiB. */
  segmentRootMBps: z.number(),
  /** {s} Until the hashes of the first round of a dispute are there, by the clock and by the CPU's. */
  firstAnswerSeconds: z.number(),
  firstAnswerCpuSeconds: z.number(),
  /** {s} The same for the second round, within one sixteenth of the run. */
  secondAnswerSeconds: z.number(),
  /** {s} A witness in the middle of the run, by the clock. */
  witnessSeconds: z.number(),
  memoryMb: z.strictObject({ process: z.number(), checkpoints: z.number() }),
  steps: z.int(),
  sourceBytes: z.int(),
  /** {1 per CPU second} Of each figure that is a median; wide where the machine was busy. */
  spread: z.strictObject({ reference: rates, fast: rates, aot: rates, segmentRootMBps: rates }),
  /** {1} Share of a core that the process had while the first answer was made: well below 1 on a busy machine. */
  shareOfCore: z.number(),
});
export type WorkerResult = z.infer<typeof workerResultSchema>;

export const TABLE_HEAD = ["", "value"];

export function tableRows(result: WorkerResult): string[][] {
  const { mips, memoryMb, judging } = result;
  return [
    ["million steps per CPU second, reference", String(mips.reference)],
    ["million steps per CPU second, fast", `${mips.fast} (${mips.timesReference} times)`],
    ["million steps per CPU second, translated", String(mips.aot)],
    ["judging real segments, % of the transcoding's CPU", String(result.judgeCpuPercentOfTranscoding)],
    ["the same with the start, over 30 s", String(judging.cpuPercentWithStart)],
    ["million steps per CPU second there, fast", String(judging.mips.fast)],
    ["million steps per CPU second there, translated", String(judging.mips.aot)],
    ["segment root, MB per CPU second", String(result.segmentRootMBps)],
    [`first answer over ${result.steps.toLocaleString("en")} steps, s`, String(result.firstAnswerSeconds)],
    ["the same, CPU s", String(result.firstAnswerCpuSeconds)],
    ["second answer, s", String(result.secondAnswerSeconds)],
    ["witness in the middle, s", String(result.witnessSeconds)],
    ["most memory of the process, MB", String(memoryMb.process)],
    ["checkpoints, MB", String(memoryMb.checkpoints)],
  ];
}
