import { type Interpreter, startInterpreter, startTranslated } from "../vm/interpreter.ts";
import { HEAP } from "../vm/layout.ts";
import { PAGE_BYTES } from "../vm/paged-memory.ts";
import { type Case, startOf } from "../vm/start.ts";
import { Status, Verdict, verdictName } from "../vm/state.ts";

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
  return runToEnd(startInterpreter(startOf(judged)), stepBound, reportWords);
}

const EMPTY_PAGE = new Uint8Array(PAGE_BYTES);

/** Runs one case after the other as `runCase` does, many times as fast: the program is translated once. Blocks while it does. */
export class TranslatedProgram {
  readonly #machine: Interpreter;

  /** @param program the ROM as `readProgram` gives it */
  constructor(program: Uint8Array) {
    const registers = { pc: 0, status: 0, verdict: 0, step: 0n, x: new Int32Array(32) };
    this.#machine = startTranslated({ program, images: [], registers });
  }

  /** @param judged of this program. Errors: `ParametersTooLarge`, `SourceTooLarge` (source or output). */
  run(judged: Case, stepBound: bigint, reportWords: number): Run {
    const { images, registers } = startOf(judged);
    const { memory } = this.#machine;
    for (const page of memory.takeUnsaved()) memory.restore(page, EMPTY_PAGE);
    for (const { address, bytes } of images) memory.write(address, bytes);
    this.#machine.set(registers);
    return runToEnd(this.#machine, stepBound, reportWords);
  }
}

function runToEnd(machine: Interpreter, stepBound: bigint, reportWords: number): Run {
  const steps = machine.run(Number(stepBound));
  const verdict = machine.status === Status.running ? Verdict.void : machine.registers().verdict;
  const report = Array.from(machine.memory.words.subarray(HEAP / 4, HEAP / 4 + reportWords));
  return { verdict: verdictName(verdict), isComplete: machine.status === Status.halted, report, steps };
}
