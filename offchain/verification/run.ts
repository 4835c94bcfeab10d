import { startInterpreter } from "../vm/interpreter.ts";
import { HEAP } from "../vm/layout.ts";
import { type Case, startOf } from "../vm/start.ts";
import { Status, Verdict } from "../vm/state.ts";

/** How a program's run ended. */
export interface Run {
  readonly verdict: keyof typeof Verdict;
  /** Whether it ended by itself: then what it reported is complete. */
  readonly isComplete: boolean;
  /** The report's words as they are in memory, signed. */
  readonly report: readonly number[];
  /** {1} */
  readonly steps: number;
}

/**
 * Judges as a dispute would: runs a program in the fast interpreter to its end or its step bound.
 * @param reportWords how many of the words from the beginning of the heap are its report
 * Errors: `ParametersTooLarge`, `SourceTooLarge` (source or output).
 */
export function runCase(judged: Case, stepBound: bigint, reportWords: number): Run {
  const machine = startInterpreter(startOf(judged));
  const steps = machine.run(Number(stepBound));
  const verdict = machine.status === Status.running ? Verdict.void : machine.registers().verdict;
  const report = Array.from(machine.memory.words.subarray(HEAP / 4, HEAP / 4 + reportWords));
  return { verdict: nameOf(verdict), isComplete: machine.status === Status.halted, report, steps };
}

function nameOf(verdict: number): Run["verdict"] {
  if (verdict === Verdict.pass) return "pass";
  return verdict === Verdict.fault ? "fault" : "void";
}
