import { ACCESS_BYTES, CONDITIONS, decode, extend, type Instruction, OPERATION } from "./instructions.ts";
import { MEMORY_BYTES, ROM_END } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { type MachineState, Status } from "./state.ts";

/** Linux's `exit`. */
const EXIT = 93;
/** A number that Linux does not have. */
const SET_VERDICT = 2000;
/** What Linux answers to it. */
const ENOSYS = -38;

const [X10, X17] = [10, 17];

/** A state without the memory. */
export type Registers = Omit<MachineState, "memoryRoot">;

/** What keeps memory, for this engine or for another. */
export type MachineMemory = Pick<Memory, "load" | "store" | "root" | "prove">;

/**
 * The machine of LIP-5, one step at a time: the reference that every other engine is checked against, and the source of what the contract
 * is shown. Total: no program and no state makes it throw.
 */
export class Machine {
  /** Tree of the ROM, whose root is the program. */
  readonly program: MachineMemory;
  readonly memory: MachineMemory;
  readonly x: Int32Array;
  #pc: number;
  #status: number;
  #verdict: number;
  #step: bigint;

  /** @param state with the root of `memory` */
  constructor(program: MachineMemory, memory: MachineMemory, state: Registers) {
    this.program = program;
    this.memory = memory;
    this.x = Int32Array.from(state.x);
    ({ pc: this.#pc, status: this.#status, verdict: this.#verdict, step: this.#step } = state);
  }

  get status(): number {
    return this.#status;
  }

  get pc(): number {
    return this.#pc;
  }

  get stepCount(): bigint {
    return this.#step;
  }

  /** A copy. */
  state(): MachineState {
    return { memoryRoot: this.memory.root(), ...this.registers() };
  }

  /** A copy. */
  registers(): Registers {
    return {
      pc: this.#pc,
      status: this.#status,
      verdict: this.#verdict,
      step: this.#step,
      x: Int32Array.from(this.x),
    };
  }

  /** What the contract has to be shown of the memory to execute the step that comes next. */
  proof(): Uint8Array {
    if (this.#status !== Status.running || !isExecutable(this.#pc)) return new Uint8Array(0);
    const parts = [this.program.prove(this.#pc)];
    const instruction = this.#fetch();
    if (instruction?.kind === "load" || instruction?.kind === "store") {
      const address = this.#addressOf(instruction);
      if (isAccessible(instruction, address)) parts.push(this.memory.prove(address));
    }
    return Buffer.concat(parts);
  }

  /** Executes one step. */
  step(): void {
    if (this.#status !== Status.running) return;
    this.#step = BigInt.asUintN(64, this.#step + 1n);
    const instruction = isExecutable(this.#pc) ? this.#fetch() : null;
    if (instruction === null || !this.#execute(instruction)) this.#status = Status.trapped;
  }

  #fetch(): Instruction | null {
    return decode(this.program.load(this.#pc, 4));
  }

  #addressOf({ rs1, immediate }: { readonly rs1: number; readonly immediate: number }): number {
    return (this.x[rs1]! + immediate) >>> 0;
  }

  /** False: it traps, and nothing has changed. */
  #execute(instruction: Instruction): boolean {
    const { x, memory } = this;
    switch (instruction.kind) {
      case "lui":
        return this.#next(instruction.rd, instruction.immediate);
      case "auipc":
        return this.#next(instruction.rd, this.#pc + instruction.immediate);
      case "immediate":
        return this.#next(instruction.rd, OPERATION[instruction.name](x[instruction.rs1]!, instruction.immediate));
      case "register":
        return this.#next(instruction.rd, OPERATION[instruction.name](x[instruction.rs1]!, x[instruction.rs2]!));
      case "jal":
        return this.#jump(this.#pc + instruction.immediate, instruction.rd);
      case "jalr":
        return this.#jump(this.#addressOf(instruction) & ~1, instruction.rd);
      case "branch": {
        const { name, rs1, rs2, immediate } = instruction;
        return CONDITIONS[name](x[rs1]!, x[rs2]!) ? this.#jump(this.#pc + immediate, 0) : this.#next(0, 0);
      }
      case "load": {
        const address = this.#addressOf(instruction);
        if (!isAccessible(instruction, address)) return false;
        const { name, rd } = instruction;
        return this.#next(rd, extend(name, memory.load(address, ACCESS_BYTES[name])));
      }
      case "store": {
        const address = this.#addressOf(instruction);
        if (!isAccessible(instruction, address)) return false;
        memory.store(address, ACCESS_BYTES[instruction.name], x[instruction.rs2]!);
        return this.#next(0, 0);
      }
      case "fence":
        return this.#next(0, 0);
      case "ecall":
        return this.#call();
    }
  }

  #call(): boolean {
    const { x } = this;
    switch (x[X17]) {
      case EXIT:
        this.#status = Status.halted;
        this.#verdict = x[X10]! >>> 0;
        return true;
      case SET_VERDICT:
        this.#verdict = x[X10]! >>> 0;
        return this.#next(X10, ENOSYS);
      default:
        return false;
    }
  }

  #next(rd: number, value: number): true {
    if (rd !== 0) this.x[rd] = value;
    this.#pc = (this.#pc + 4) >>> 0;
    return true;
  }

  #jump(target: number, rd: number): boolean {
    if (target % 4 !== 0) return false;
    if (rd !== 0) this.x[rd] = this.#pc + 4;
    this.#pc = target >>> 0;
    return true;
  }
}

function isExecutable(pc: number): boolean {
  return pc < ROM_END && pc % 4 === 0;
}

function isAccessible({ kind, name }: Extract<Instruction, { kind: "load" | "store" }>, address: number): boolean {
  return address >= (kind === "store" ? ROM_END : 0) && address < MEMORY_BYTES && address % ACCESS_BYTES[name] === 0;
}
