import { readFileSync } from "node:fs";
import { readProgram } from "../../vm/elf.ts";
import { elfOf } from "../../vm/guest/build.ts";
import { startInterpreter } from "../../vm/interpreter.ts";
import { HEAP } from "../../vm/layout.ts";
import { type Case, startOf } from "../../vm/start.ts";
import { Status, Verdict, verdictName } from "../../vm/state.ts";
import { type Finding, FINDINGS, isFindingNumber, PLACES } from "./findings.ts";
import { encodeStructureParameters, type StructureParameters } from "./parameters.ts";

/** {1} Steps that a run takes besides those for each byte: LIP-7. */
const FIXED_STEPS = 65_536n;
const STEPS_PER_BYTE = 512n;

export interface StructureCase {
  readonly parameters: StructureParameters;
  /** At most 64 MiB. */
  readonly source: Uint8Array;
  /** At most 64 MiB. */
  readonly output: Uint8Array;
  /** {1} Number of the output, from 0. */
  readonly outputIndex: number;
}

export interface Judgement {
  readonly verdict: keyof typeof Verdict;
  /** Why the verdict is not pass; null when it is, or when the run ended otherwise than by itself. */
  readonly finding: Finding | null;
  /** {1} Pictures that were read. */
  readonly sourcePictures: number;
  readonly outputPictures: number;
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
  const machine = startInterpreter(startOf(judged));
  const bound = structureStepBound(judged.source.length, [judged.output.length]);
  const steps = machine.run(Number(bound));
  const verdict = machine.status === Status.running ? Verdict.void : machine.registers().verdict;
  const report = Array.from(machine.memory.words.subarray(HEAP / 4, HEAP / 4 + 8));
  return { ...decodeReport(report, machine.status === Status.halted), verdict: verdictName(verdict), steps };
}

/** @param words the report's eight */
export function decodeReport(
  words: readonly number[],
  isComplete: boolean,
): Pick<Judgement, "finding" | "sourcePictures" | "outputPictures"> {
  const [
    number = 0,
    place = 0,
    position = 0,
    picture = 0,
    expected = 0,
    found = 0,
    sourcePictures = 0,
    outputPictures = 0,
  ] = words;
  const where = PLACES[place];
  const isFinding = isComplete && isFindingNumber(number) && where !== undefined;
  const finding = isFinding ? { code: FINDINGS[number][0], where, position, picture, expected, found } : null;
  return { finding, sourcePictures, outputPictures };
}
