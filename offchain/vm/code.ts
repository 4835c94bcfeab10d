import { decode, type Instruction } from "./instructions.ts";

/** What the interpreter's loop does itself. The switch there has these numbers as literals: V8 makes a jump table of nothing else. */
const OPCODE = {
  /** Left to the reference: words that are no instruction, system calls, jumps that trap or leave the code. */
  leave: 0,
  /** `lui` and `auipc`, whose result is known beforehand. */
  constant: 1,
  jal: 2,
  jalr: 3,
  beq: 4,
  bne: 5,
  blt: 6,
  bge: 7,
  bltu: 8,
  bgeu: 9,
  lb: 10,
  lh: 11,
  lw: 12,
  lbu: 13,
  lhu: 14,
  sb: 15,
  sh: 16,
  sw: 17,
  addi: 18,
  slti: 19,
  sltiu: 20,
  xori: 21,
  ori: 22,
  andi: 23,
  slli: 24,
  srli: 25,
  srai: 26,
  add: 27,
  sub: 28,
  sll: 29,
  slt: 30,
  sltu: 31,
  xor: 32,
  srl: 33,
  sra: 34,
  or: 35,
  and: 36,
  mul: 37,
  mulh: 38,
  mulhsu: 39,
  mulhu: 40,
  div: 41,
  divu: 42,
  rem: 43,
  remu: 44,
} as const;

type Opcode = keyof typeof OPCODE;

/** Takes what is written to x0, so that the loop need not ask. */
const SINK = 32;
/** x0 to x31, and what was written to x0. */
export const REGISTERS = 33;

/**
 * A program as the loop reads it: two numbers for each word, `opcode | rd << 8 | rs1 << 16 | rs2 << 24` and the immediate. Immediates of
 * `auipc` are the sums, those of branches and `jal` the number of the word to go on at.
 */
export interface Code {
  /** Ends with one more word, which is left to the reference. */
  readonly words: Int32Array;
  /** {1} Words of the program, without the zeros behind it. Where there is no code, every step traps. */
  readonly length: number;
}

/** @param program the ROM's bytes from address 0 on; zeros behind them may be missing */
export function translate(program: Uint8Array): Code {
  let end = program.length;
  while (end > 0 && program[end - 1] === 0) end -= 1;
  const length = Math.ceil(end / 4);
  const bytes = Buffer.alloc(4 * length);
  bytes.set(program.subarray(0, end));

  const words = new Int32Array(2 * (length + 1));
  for (let at = 0; at < length; at += 1) {
    const instruction = decode(bytes.readInt32LE(4 * at));
    if (instruction === null) continue;
    const [opcode, immediate] = operate(instruction, at, length);
    const { rd = 0, rs1 = 0, rs2 = 0 } = instruction as { rd?: number; rs1?: number; rs2?: number };
    words[2 * at] = OPCODE[opcode] | ((rd || SINK) << 8) | (rs1 << 16) | (rs2 << 24);
    words[2 * at + 1] = immediate;
  }
  return { words, length };
}

/** Opcode and immediate of an instruction that is word `at` of `length`. */
function operate(instruction: Instruction, at: number, length: number): [Opcode, number] {
  switch (instruction.kind) {
    case "lui":
      return ["constant", instruction.immediate];
    case "auipc":
      return ["constant", 4 * at + instruction.immediate];
    case "jal":
      return jump("jal", at + instruction.immediate / 4, length);
    case "branch":
      return jump(instruction.name, at + instruction.immediate / 4, length);
    case "jalr":
      return ["jalr", instruction.immediate];
    case "load":
    case "store":
      return [instruction.name, instruction.immediate];
    case "immediate":
      return [(instruction.name === "sltu" ? "sltiu" : `${instruction.name}i`) as Opcode, instruction.immediate];
    case "register":
      return [instruction.name, 0];
    case "fence":
      // Its operands are of no meaning, and what this writes is not read.
      return ["constant", 0];
    case "ecall":
      return ["leave", 0];
  }
}

function jump(opcode: Opcode, target: number, length: number): [Opcode, number] {
  return Number.isInteger(target) && target >= 0 && target < length ? [opcode, target] : ["leave", 0];
}
