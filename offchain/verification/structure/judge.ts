import { readFileSync } from "node:fs";
import { readProgram } from "../../vm/elf.ts";
import { elfOf } from "../../vm/guest/build.ts";
import type { Case } from "../../vm/start.ts";
import { decodeHead, type ReportHead } from "../report.ts";
import { type Run, runCase, TranslatedProgram } from "../run.ts";
import { type FindingCode, FINDINGS } from "./findings.ts";
import { encodeStructureParameters, type StructureParameters } from "./parameters.ts";

/** {1} Steps that a run takes besides those for each byte: LIP-7. */
const FIXED_STEPS = 65_536n;
const STEPS_PER_BYTE = 512n;
const REPORT_WORDS = 8;

export interface StructureCase {
  readonly parameters: StructureParameters;
  /** At most 64 MiB. */
  readonly source: Uint8Array;
  /** At most 64 MiB. */
  readonly output: Uint8Array;
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

export interface Judgement extends ReportHead<FindingCode> {
  readonly verdict: Run["verdict"];
  /** {1} */
  readonly steps: number;
}

/** The ROM of the structure program. */
export function structureProgram(): Uint8Array {
  return readProgram(readFileSync(elfOf("structure")));
}

/**
 * {1} A bound that no run reaches, whatever the bytes are: for the receipt.
 * @param outputLengths {bytes} of all outputs
 */
export function structureStepBound(sourceLength: number, outputLengths: readonly number[]): bigint {
  return FIXED_STEPS + STEPS_PER_BYTE * BigInt(sourceLength + Math.max(0, ...outputLengths));
}

/** What the machine is started with. Errors: `ParametersInvalid`, `SourceTooLarge` (source or output). */
export function structureCase(program: Uint8Array, { parameters, ...rest }: StructureCase): Case {
  return { program, parameters: encodeStructureParameters(parameters), ...rest };
}

/**
 * Judges an output as a dispute would: runs the program in the fast interpreter to its end or its step bound.
 * @param program `structureProgram()`
 * Errors: `ParametersInvalid`, `SourceTooLarge` (source or output).
 */
export function runStructure(program: Uint8Array, structure: StructureCase): Judgement {
  return judgeCase(structureCase(program, structure));
}

/** The same with parameters as they are in memory, which may be malformed. Errors: `ParametersTooLarge`, `SourceTooLarge`. */
export function judgeCase(judged: Case): Judgement {
  return judgementOf(judged, (bound) => runCase(judged, bound, REPORT_WORDS));
}

/** Judges one output after the other as `runStructure` does, many times as fast. Blocks while it does. */
export class StructureJudge {
  readonly #program: Uint8Array;
  readonly #translated: TranslatedProgram;

  /** @param program `structureProgram()` */
  constructor(program: Uint8Array) {
    this.#program = program;
    this.#translated = new TranslatedProgram(program);
  }

  /** Errors: `ParametersInvalid`, `SourceTooLarge` (source or output). */
  judge(structure: StructureCase): Judgement {
    const judged = structureCase(this.#program, structure);
    return judgementOf(judged, (bound) => this.#translated.run(judged, bound, REPORT_WORDS));
  }
}

function judgementOf({ source, output }: Case, run: (stepBound: bigint) => Run): Judgement {
  const { verdict, isComplete, report, steps } = run(structureStepBound(source.length, [output.length]));
  return { ...decodeReport(report, isComplete), verdict, steps };
}

/** @param words the report's eight */
export function decodeReport(words: readonly number[], isComplete: boolean): ReportHead<FindingCode> {
  return decodeHead(FINDINGS, words, isComplete);
}
