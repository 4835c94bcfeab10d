import { type Code, REGISTERS, translate } from "./code.ts";
import { execute, type Loop } from "./loop.ts";
import { Machine, type Registers } from "./machine.ts";
import type { Memory } from "./memory.ts";
import { PagedMemory } from "./paged-memory.ts";
import { programTree, type Start } from "./start.ts";
import { type MachineState, Status } from "./state.ts";
import { createTranslatedMemory, Translator } from "./translation/translator.ts";

/** {1} Most steps of one call of the loop. V8 makes better code of a function that is entered again than of one that it replaces as it runs. */
const MOST_AT_ONCE = 2 ** 20;

/**
 * The machine of LIP-5, many steps at a time. A loop over code that was decoded beforehand does what is frequent, and the reference does
 * every other step.
 */
export class Interpreter {
  readonly memory: PagedMemory;
  readonly #program: Memory;
  readonly #code: Code;
  readonly #loop: Loop;
  readonly #x = new Int32Array(REGISTERS);
  #pc = 0;
  #status = 0;
  #verdict = 0;
  #step = 0n;

  /**
   * @param program the ROM's bytes from address 0 on, at most ROM_END; memory is not filled with them
   * @param loopOf  what executes the program's code over the memory
   */
  constructor(
    program: Uint8Array,
    memory: PagedMemory,
    registers: Registers,
    loopOf: (code: Code) => Loop = (code) => interpreting(code, memory),
  ) {
    this.#program = programTree(program);
    this.#code = translate(program);
    this.#loop = loopOf(this.#code);
    this.memory = memory;
    this.set(registers);
  }

  get status(): number {
    return this.#status;
  }

  /** Goes on from there. Memory stays as it is. */
  set({ pc, status, verdict, step, x }: Registers): void {
    [this.#pc, this.#status, this.#verdict, this.#step] = [pc, status, verdict, step];
    this.#x.set(x);
  }

  /** A copy. */
  registers(): Registers {
    return { pc: this.#pc, status: this.#status, verdict: this.#verdict, step: this.#step, x: this.#x.slice(0, 32) };
  }

  /** A copy, with the root as it is now: a run that asks for it seldom is faster. */
  state(): MachineState {
    return { memoryRoot: this.memory.root(), ...this.registers() };
  }

  /** What the contract has to be shown of the memory to execute the step that comes next. */
  proof(): Uint8Array {
    return this.#reference().proof();
  }

  /** Executes `maxSteps` (up to 2^53 − 1), or fewer where the machine halts or traps. Returns how many. */
  run(maxSteps: number): number {
    let left = maxSteps;
    while (left > 0 && this.#status === Status.running) {
      const wanted = Math.min(left, this.#loop.mostSteps);
      const done = this.#runLoop(wanted);
      left -= done;
      if (done < wanted) {
        this.#stepAsReference();
        left -= 1;
      }
    }
    return maxSteps - left;
  }

  #runLoop(maxSteps: number): number {
    if (this.#pc % 4 !== 0 || this.#pc / 4 > this.#code.length) return 0;
    const { at, left } = this.#loop.execute(this.#x, this.#pc / 4, maxSteps);
    this.#pc = (4 * at) >>> 0;
    this.#step = BigInt.asUintN(64, this.#step + BigInt(maxSteps - left));
    return maxSteps - left;
  }

  #stepAsReference(): void {
    const machine = this.#reference();
    machine.step();
    this.set(machine.registers());
  }

  #reference(): Machine {
    return new Machine(this.#program, this.memory, this.registers());
  }
}

function interpreting(code: Code, memory: PagedMemory): Loop {
  return { mostSteps: MOST_AT_ONCE, execute: (x, at, left) => execute(code, memory, x, at, left) };
}

/** The interpreter where a run starts. */
export function startInterpreter({ program, images, registers }: Start): Interpreter {
  const memory = new PagedMemory();
  for (const { address, bytes } of images) memory.write(address, bytes);
  return new Interpreter(program, memory, registers);
}

/** The same over a translation of the program to WebAssembly: many times as fast in a long run, slower to start. */
export function startTranslated({ program, images, registers }: Start): Interpreter {
  const memory = createTranslatedMemory();
  for (const { address, bytes } of images) memory.paged.write(address, bytes);
  return new Interpreter(program, memory.paged, registers, (code) => new Translator(program, code, memory));
}
