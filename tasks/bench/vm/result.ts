import { z } from "zod";

export const optionsSchema = z.strictObject({
  /** {1} Of the run whose first answer is timed. The program's output is full after a little more. */
  steps: z.int().positive().max(1_600_000_000),
});

const rates = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });

export const workerResultSchema = z.strictObject({
  /** {million steps per CPU second} Medians. */
  mips: z.strictObject({ reference: z.number(), fast: z.number(), timesReference: z.number() }),
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
  spread: z.strictObject({ reference: rates, fast: rates, segmentRootMBps: rates }),
  /** {1} Share of a core that the process had while the first answer was made: well below 1 on a busy machine. */
  shareOfCore: z.number(),
});
export type WorkerResult = z.infer<typeof workerResultSchema>;

export const TABLE_HEAD = ["", "value"];

export function tableRows(result: WorkerResult): string[][] {
  const { mips, memoryMb } = result;
  return [
    ["million steps per CPU second, reference", String(mips.reference)],
    ["million steps per CPU second, fast", `${mips.fast} (${mips.timesReference} times)`],
    ["segment root, MB per CPU second", String(result.segmentRootMBps)],
    [`first answer over ${result.steps.toLocaleString("en")} steps, s`, String(result.firstAnswerSeconds)],
    ["the same, CPU s", String(result.firstAnswerCpuSeconds)],
    ["second answer, s", String(result.secondAnswerSeconds)],
    ["witness in the middle, s", String(result.witnessSeconds)],
    ["most memory of the process, MB", String(memoryMb.process)],
    ["checkpoints, MB", String(memoryMb.checkpoints)],
  ];
}
