import type { Case } from "../../vm/start.ts";
import { decodeHead, type ReportHead } from "../report.ts";
import { type Run, TranslatedProgram } from "../run.ts";
import { type FindingCode, FINDINGS } from "./findings.ts";

// What the judge's thread runs, and no more: it is started with each process, and each library that it loads is loaded again there.

/** {1} Steps that a run takes besides those for each byte: LIP-7. */
const FIXED_STEPS = 65_536n;
const STEPS_PER_BYTE = 512n;
export const REPORT_WORDS = 8;

export interface Judgement extends ReportHead<FindingCode> {
  readonly verdict: Run["verdict"];
  /** {1} */
  readonly steps: number;
}

/**
 * {1} A bound that no run reaches, whatever the bytes are: for the receipt.
 * @param outputLengths {bytes} of all outputs
 */
export function structureStepBound(sourceLength: number, outputLengths: readonly number[]): bigint {
  return FIXED_STEPS + STEPS_PER_BYTE * BigInt(sourceLength + Math.max(0, ...outputLengths));
}

/** Judges one output after the other as `judgeCase` does, many times as fast. Blocks while it does. */
export class CaseJudge {
  readonly #program: Uint8Array;
  readonly #translated: TranslatedProgram;

  /** @param program `structureProgram()` */
  constructor(program: Uint8Array) {
    this.#program = program;
    this.#translated = new TranslatedProgram(program);
  }

  /** With parameters as they are in memory, which may be malformed. Errors: `ParametersTooLarge`, `SourceTooLarge` (source or output). */
  judge(rest: Omit<Case, "program">): Judgement {
    const judged = { program: this.#program, ...rest };
    return judgementOf(judged, (bound) => this.#translated.run(judged, bound, REPORT_WORDS));
  }
}

export function judgementOf({ source, output }: Case, run: (stepBound: bigint) => Run): Judgement {
  const { verdict, isComplete, report, steps } = run(structureStepBound(source.length, [output.length]));
  return { ...decodeReport(report, isComplete), verdict, steps };
}

/** @param words the report's eight */
export function decodeReport(words: readonly number[], isComplete: boolean): ReportHead<FindingCode> {
  return decodeHead(FINDINGS, words, isComplete);
}
