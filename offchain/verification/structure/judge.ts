import { readFileSync } from "node:fs";
import { readProgram } from "../../vm/elf.ts";
import { elfOf } from "../../vm/guest/build.ts";
import type { Case } from "../../vm/start.ts";
import { runCase } from "../run.ts";
import {
  CaseJudge,
  decodeReport,
  type Judgement,
  judgementOf,
  REPORT_WORDS,
  structureStepBound,
} from "./case-judge.ts";
import { encodeStructureParameters, type StructureParameters } from "./parameters.ts";

export { decodeReport, type Judgement, structureStepBound };

export interface StructureCase {
  readonly parameters: StructureParameters;
  /** At most 64 MiB. */
  readonly source: Uint8Array;
  /** At most 64 MiB. */
  readonly output: Uint8Array;
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

/** The ROM of the structure program. */
export function structureProgram(): Uint8Array {
  return readProgram(readFileSync(elfOf("structure")));
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
  readonly #judge: CaseJudge;

  /** @param program `structureProgram()` */
  constructor(program: Uint8Array) {
    this.#judge = new CaseJudge(program);
  }

  /** Errors: `ParametersInvalid`, `SourceTooLarge` (source or output). */
  judge({ parameters, ...rest }: StructureCase): Judgement {
    return this.#judge.judge({ parameters: encodeStructureParameters(parameters), ...rest });
  }
}
