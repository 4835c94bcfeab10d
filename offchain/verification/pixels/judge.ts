import { readFileSync } from "node:fs";
import { readProgram } from "../../vm/elf.ts";
import { elfOf } from "../../vm/guest/build.ts";
import type { Case } from "../../vm/start.ts";
import { decodeHead, type ReportHead } from "../report.ts";
import { type Run, runCase } from "../run.ts";
import { type FindingCode, FINDINGS } from "./findings.ts";
import { encodePixelsParameters, type PixelsParameters } from "./parameters.ts";

/** {1} Steps that a run takes besides those for each byte: LIP-8. */
const FIXED_STEPS = 262_144n;
const STEPS_PER_BYTE = 512n;
const REPORT_WORDS = 20;

export interface PixelsCase {
  readonly parameters: PixelsParameters;
  /** Frames as `rawSegment` makes them; at most 64 MiB. */
  readonly source: Uint8Array;
  readonly output: Uint8Array;
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

/** What was measured until the run ended, in the units of the thresholds: `units.ts`. */
export interface Measured {
  /** {1} Pictures that were compared. */
  readonly compared: number;
  readonly lumaMean: number;
  readonly lumaWorst: number;
  readonly chromaMean: number;
  readonly chromaWorst: number;
  readonly similarityMean: number;
  readonly similarityWorst: number;
  /** {1/16} Highest of those pictures whose error is above `lagError`; 0 without any. */
  readonly lagWorst: number;
  readonly lumaCellMean: number;
  readonly lumaCellWorst: number;
  readonly chromaCellMean: number;
  readonly chromaCellWorst: number;
}

export interface Judgement extends ReportHead<FindingCode> {
  readonly verdict: Run["verdict"];
  readonly measured: Measured;
  /** {1} */
  readonly steps: number;
}

/** The ROM of the pixels program for raw frames. */
export function pixelsProgram(): Uint8Array {
  return readProgram(readFileSync(elfOf("pixels")));
}

/**
 * {1} A bound that no run reaches, whatever the bytes are: for the receipt.
 * @param outputLengths {bytes} of all outputs
 */
export function pixelsStepBound(sourceLength: number, outputLengths: readonly number[]): bigint {
  return FIXED_STEPS + STEPS_PER_BYTE * BigInt(sourceLength + Math.max(0, ...outputLengths));
}

/** What the machine is started with. Errors: `ParametersInvalid`. */
export function pixelsCase(program: Uint8Array, { parameters, ...rest }: PixelsCase): Case {
  return { program, parameters: encodePixelsParameters(parameters), ...rest };
}

/**
 * Judges an output as a dispute would: runs the program in the fast interpreter to its end or its step bound.
 * @param program `pixelsProgram()`
 * Errors: `ParametersInvalid`, `SourceTooLarge` (source or output).
 */
export function runPixels(program: Uint8Array, pixels: PixelsCase): Judgement {
  return judgeCase(pixelsCase(program, pixels));
}

/** The same with parameters as they are in memory, which may be malformed. Errors: `ParametersTooLarge`, `SourceTooLarge`. */
export function judgeCase(judged: Case): Judgement {
  const bound = pixelsStepBound(judged.source.length, [judged.output.length]);
  const { verdict, isComplete, report, steps } = runCase(judged, bound, REPORT_WORDS);
  return { ...decodeReport(report, isComplete), verdict, steps };
}

/** @param words the report's */
export function decodeReport(words: readonly number[], isComplete: boolean): Omit<Judgement, "verdict" | "steps"> {
  const word = (at: number): number => words[at] ?? 0;
  return {
    ...decodeHead(FINDINGS, words, isComplete),
    measured: {
      compared: word(8),
      lumaMean: word(9),
      lumaWorst: word(10),
      chromaMean: word(11),
      chromaWorst: word(12),
      similarityMean: word(13),
      similarityWorst: word(14),
      lagWorst: word(15),
      lumaCellMean: word(16),
      lumaCellWorst: word(17),
      chromaCellMean: word(18),
      chromaCellWorst: word(19),
    },
  };
}
