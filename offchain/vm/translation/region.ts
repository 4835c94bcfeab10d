import { type Bytes, END, functionBody, get, I32, i32, set, tee, unsigned } from "../../wasm/encoding.ts";
import { type Instruction } from "../instructions.ts";
import { MEMORY_BYTES } from "../layout.ts";
import { CHANGED, PAGE_SHIFT } from "../paged-memory.ts";
import { ACCESS, ADD, CONDITION, IS_LESS, isRefused, operate, SHIFT_RIGHT, SUB } from "./arithmetic.ts";
import { type Block, type Listing, type Region, targetOf } from "./blocks.ts";
import { type Nesting, nestingOf } from "./nesting.ts";

/** {bytes} Where the module keeps what is no memory of the machine: a number for each page, then the registers. */
export const CHANGES_AT = MEMORY_BYTES;
export const REGISTERS_AT = CHANGES_AT + MEMORY_BYTES / 2 ** PAGE_SHIFT;

const [BLOCK, LOOP, IF, ELSE, BRANCH, CALL] = [0x02, 0x03, 0x04, 0x05, 0x0c, 0x10];
const [NO_RESULT, UNREACHABLE] = [0x40, 0x00];
const [LOAD, STORE, STORE_8, AND, NOT_EQUAL, IS_ZERO] = [0x28, 0x36, 0x3a, 0x71, 0x47, 0x45];

// Locals: how many steps are left and how deep calls may become, then the word that comes next, an address, and registers.
const [LEFT, DEPTH, AT, ADDRESS, FIRST_REGISTER] = [0, 1, 2, 3, 4];

/** A region that can be called, with what it and those that it calls do to registers. */
export interface Callee {
  /** {1} Of the function within the module that calls. */
  readonly index: number;
  readonly touched: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
}

/** Registers that an instruction mentions; without x0. */
export function registersOf(instruction: Instruction | null): { readonly read: number[]; readonly written: number[] } {
  if (instruction === null) return { read: [], written: [] };
  const { rd = 0, rs1 = 0, rs2 = 0 } = instruction as { rd?: number; rs1?: number; rs2?: number };
  const isReal = (register: number): boolean => register !== 0;
  return { read: [rs1, rs2].filter(isReal), written: [rd].filter(isReal) };
}

/** Where a run can go from inside: names for the ends of blocks and the beginnings of loops. */
type Label = number | "leave" | "return" | null;

/**
 * Makes a function (left, depth) → (at, left) of a region. It executes up to `left` steps, leaves registers in memory and answers with the
 * number of the word that comes next. What it does not do itself comes next, too.
 */
export class RegionWriter {
  readonly #region: Region;
  readonly #listing: Listing;
  readonly #nesting: Nesting;
  readonly #calleeAt: (word: number) => Callee | undefined;
  readonly #locals = new Map<number, number>();
  readonly #written = new Set<number>();
  readonly #code: Bytes[] = [];
  readonly #labels: Label[] = [];

  constructor(region: Region, listing: Listing, calleeAt: (word: number) => Callee | undefined) {
    this.#region = region;
    this.#listing = listing;
    this.#nesting = nestingOf(region);
    this.#calleeAt = calleeAt;
    for (const { instructions } of region.blocks.values()) {
      for (const instruction of instructions) {
        const { read, written } = registersOf(instruction);
        for (const register of [...read, ...written]) {
          if (!this.#locals.has(register)) this.#locals.set(register, FIRST_REGISTER + this.#locals.size);
        }
        for (const register of written) this.#written.add(register);
      }
    }
  }

  /** The function's body. */
  write(): Uint8Array {
    this.#take(this.#locals.keys());
    this.#enclose("return", BLOCK, () => {
      this.#enclose("leave", BLOCK, () => this.#tree(this.#region.entry));
      this.#give(this.#written);
    });
    this.#put(get(AT), get(LEFT));
    return functionBody([[2 + this.#locals.size, I32]], this.#code);
  }

  #put(...parts: readonly Bytes[]): void {
    this.#code.push(...parts);
  }

  #enclose(label: Label, kind: number, inside: () => void): void {
    this.#put([kind, NO_RESULT]);
    this.#labels.push(label);
    inside();
    this.#labels.pop();
    this.#put([END]);
  }

  /** Code that goes to a label. */
  #to(label: Label): number[] {
    return [BRANCH, ...unsigned(this.#labels.length - 1 - this.#labels.lastIndexOf(label))];
  }

  /** A block and all that it dominates. */
  #tree(start: number): void {
    if (!this.#nesting.loops.has(start)) return this.#within(start, this.#nesting.merges.get(start) ?? []);
    this.#enclose(start, LOOP, () => this.#within(start, this.#nesting.merges.get(start) ?? []));
    this.#put([UNREACHABLE]);
  }

  #within(start: number, [merge, ...rest]: readonly number[]): void {
    if (merge === undefined) return this.#block(this.#region.blocks.get(start)!);
    this.#enclose(merge, BLOCK, () => this.#within(start, rest));
    this.#tree(merge);
  }

  /** Leaves before a word, with all steps counted. */
  #leave(word: number): number[] {
    return [...i32(word), ...set(AT), ...this.#to("leave")];
  }

  #go(from: Block, to: number): void {
    if (!this.#region.blocks.has(to)) return this.#put(this.#leave(to));
    const way = this.#nesting.edge(from.start, to);
    if (way === "leave") this.#put(this.#leave(to));
    else if (way === "on") this.#tree(to);
    else this.#put(this.#to(to));
  }

  #block(block: Block): void {
    const { start, instructions } = block;
    const steps =
      instructions.at(-1) === null || instructions.at(-1)?.kind === "ecall"
        ? instructions.length - 1
        : instructions.length;
    if (steps > 0) {
      this.#put(get(LEFT), i32(steps), [IS_LESS]);
      this.#leaveIf(start, 0);
      this.#put(get(LEFT), i32(steps), [SUB], set(LEFT));
    }
    instructions.forEach((instruction, i) =>
      this.#instruction(block, instruction, { word: start + i, undone: steps - i }),
    );
    const last = instructions.at(-1);
    const isOver = last === null || ["ecall", "jal", "jalr", "branch"].includes(last!.kind);
    if (!isOver) this.#go(block, start + instructions.length);
  }

  /** Takes a condition: leaves before a word, of which `undone` steps of its block were counted too many. */
  #leaveIf(word: number, undone: number): void {
    this.#put([IF, NO_RESULT]);
    this.#labels.push(null);
    if (undone > 0) this.#put(get(LEFT), i32(undone), [ADD], set(LEFT));
    this.#put(this.#leave(word));
    this.#labels.pop();
    this.#put([END]);
  }

  #x(register: number): number[] {
    return register === 0 ? i32(0) : get(this.#locals.get(register)!);
  }

  #assign(register: number, value: Bytes): void {
    if (register !== 0) this.#put(value, set(this.#locals.get(register)!));
  }

  #instruction(
    block: Block,
    instruction: Instruction | null,
    { word, undone }: { readonly word: number; readonly undone: number },
  ): void {
    switch (instruction?.kind) {
      case undefined:
      case "ecall":
        return this.#put(this.#leave(word));
      case "fence":
        return;
      case "lui":
        return this.#assign(instruction.rd, i32(instruction.immediate));
      case "auipc":
        return this.#assign(instruction.rd, i32(4 * word + instruction.immediate));
      case "immediate": {
        const { rd, rs1, name, immediate } = instruction;
        return this.#assign(rd, operate(name, this.#x(rs1), i32(immediate)));
      }
      case "register": {
        const { rd, rs1, rs2, name } = instruction;
        return this.#assign(rd, operate(name, this.#x(rs1), this.#x(rs2)));
      }
      case "load":
      case "store":
        return this.#access(instruction, word, undone);
      case "branch":
        return this.#branch(block, instruction, word, undone);
      case "jal": {
        const target = targetOf(instruction, word, this.#listing);
        if (target === null) return this.#putUndone(word, undone);
        if (instruction.rd === 0) return this.#go(block, target);
        this.#assign(instruction.rd, i32(4 * word + 4));
        return this.#call(block, target, word + 1);
      }
      case "jalr":
        return this.#jump(instruction, word, undone);
    }
  }

  /** Leaves before a word whose steps were counted. */
  #putUndone(word: number, undone: number): void {
    this.#put(get(LEFT), i32(undone), [ADD], set(LEFT), this.#leave(word));
  }

  #access(instruction: Extract<Instruction, { kind: "load" | "store" }>, word: number, undone: number): void {
    const { kind, name, rs1, immediate } = instruction;
    const base = this.#x(rs1);
    this.#put(isRefused(instruction, [...base, ...(immediate === 0 ? [] : [...i32(immediate), ADD]), ...tee(ADDRESS)]));
    this.#leaveIf(word, undone);
    const memarg = [...ACCESS[name], 0];
    if (kind === "load") return this.#assign(instruction.rd, [...get(ADDRESS), ...memarg]);
    this.#put(get(ADDRESS), this.#x(instruction.rs2), memarg);
    this.#put(get(ADDRESS), i32(PAGE_SHIFT), [SHIFT_RIGHT], i32(CHANGED), [STORE_8, 0], unsigned(CHANGES_AT));
  }

  #branch(block: Block, instruction: Extract<Instruction, { kind: "branch" }>, word: number, undone: number): void {
    const target = targetOf(instruction, word, this.#listing);
    this.#put(this.#x(instruction.rs1), this.#x(instruction.rs2), [CONDITION[instruction.name]], [IF, NO_RESULT]);
    this.#labels.push(null);
    if (target === null) this.#putUndone(word, undone);
    else this.#go(block, target);
    this.#put([ELSE]);
    this.#go(block, word + 1);
    this.#labels.pop();
    this.#put([END, UNREACHABLE]);
  }

  #jump({ rd, rs1, immediate }: Extract<Instruction, { kind: "jalr" }>, word: number, undone: number): void {
    this.#put(this.#x(rs1), i32(immediate), [ADD], tee(ADDRESS), i32(2), [AND]);
    this.#leaveIf(word, undone);
    this.#assign(rd, i32(4 * word + 4));
    this.#put(get(ADDRESS), i32(2), [SHIFT_RIGHT], set(AT), this.#to("leave"));
  }

  /** Calls the region at `target`, and goes on if what it answers is the word behind the call. */
  #call(block: Block, target: number, back: number): void {
    const callee = this.#calleeAt(target);
    if (callee === undefined) return this.#put(this.#leave(target));
    this.#put(get(DEPTH), [IS_ZERO]);
    this.#leaveIf(target, 0);
    const isOurs = (register: number): boolean => this.#locals.has(register);
    this.#give([...callee.touched].filter((register) => this.#written.has(register)));
    this.#put(get(LEFT), get(DEPTH), i32(1), [SUB], [CALL, ...unsigned(callee.index)], set(LEFT), tee(AT));
    this.#put(i32(back), [NOT_EQUAL], [IF, NO_RESULT]);
    this.#labels.push(null);
    this.#give([...this.#written].filter((register) => !callee.touched.has(register)));
    this.#put(this.#to("return"));
    this.#labels.pop();
    this.#put([END]);
    this.#take([...callee.written].filter(isOurs));
    this.#go(block, back);
  }

  /** Registers from memory to locals. */
  #take(registers: Iterable<number>): void {
    for (const register of registers) {
      this.#put(i32(REGISTERS_AT + 4 * register), [LOAD, 2, 0], set(this.#locals.get(register)!));
    }
  }

  /** Registers from locals to memory. */
  #give(registers: Iterable<number>): void {
    for (const register of registers) {
      this.#put(i32(REGISTERS_AT + 4 * register), get(this.#locals.get(register)!), [STORE, 2, 0]);
    }
  }
}
