// The words that are instructions: RISC-V unprivileged specification 20191213, chapters 2 (RV32I), 7 (M) and 24 (listings).

type Branch = "beq" | "bne" | "blt" | "bge" | "bltu" | "bgeu";
type Load = "lb" | "lh" | "lw" | "lbu" | "lhu";
type Store = "sb" | "sh" | "sw";
/** Computes `rd` of two words. */
export type Operation =
  | "add"
  | "sub"
  | "sll"
  | "slt"
  | "sltu"
  | "xor"
  | "srl"
  | "sra"
  | "or"
  | "and"
  | "mul"
  | "mulh"
  | "mulhsu"
  | "mulhu"
  | "div"
  | "divu"
  | "rem"
  | "remu";

/** Registers are numbers from 0 to 31, immediates signed 32-bit numbers. */
export type Instruction =
  | { readonly kind: "lui" | "auipc" | "jal"; readonly rd: number; readonly immediate: number }
  | { readonly kind: "jalr"; readonly rd: number; readonly rs1: number; readonly immediate: number }
  | {
      readonly kind: "branch";
      readonly name: Branch;
      readonly rs1: number;
      readonly rs2: number;
      readonly immediate: number;
    }
  | {
      readonly kind: "load";
      readonly name: Load;
      readonly rd: number;
      readonly rs1: number;
      readonly immediate: number;
    }
  | {
      readonly kind: "store";
      readonly name: Store;
      readonly rs1: number;
      readonly rs2: number;
      readonly immediate: number;
    }
  | {
      readonly kind: "immediate";
      readonly name: Operation;
      readonly rd: number;
      readonly rs1: number;
      readonly immediate: number;
    }
  | {
      readonly kind: "register";
      readonly name: Operation;
      readonly rd: number;
      readonly rs1: number;
      readonly rs2: number;
    }
  | { readonly kind: "fence" | "ecall" };

const BRANCHES: readonly (Branch | null)[] = ["beq", "bne", null, null, "blt", "bge", "bltu", "bgeu"];
const LOADS: readonly (Load | null)[] = ["lb", "lh", "lw", null, "lbu", "lhu", null, null];
const STORES: readonly (Store | null)[] = ["sb", "sh", "sw", null, null, null, null, null];
/** By funct7 and funct3. */
const OPERATIONS: Readonly<Record<number, readonly (Operation | null)[]>> = {
  0b0000000: ["add", "sll", "slt", "sltu", "xor", "srl", "or", "and"],
  0b0000001: ["mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"],
  0b0100000: ["sub", null, null, null, null, "sra", null, null],
};
const SHIFT_LEFT = 0b001;
const SHIFT_RIGHT = 0b101;

/** {bytes} that a load or store moves. */
export const ACCESS_BYTES: Readonly<Record<Load | Store, number>> = {
  lb: 1,
  lh: 2,
  lw: 4,
  lbu: 1,
  lhu: 2,
  sb: 1,
  sh: 2,
  sw: 4,
};

/** The instruction that a word (32 bits, any sign) is; null: none, so executing it traps. */
export function decode(word: number): Instruction | null {
  const rd = (word >>> 7) & 31;
  const rs1 = (word >>> 15) & 31;
  const rs2 = (word >>> 20) & 31;
  const funct3 = (word >>> 12) & 7;
  const funct7 = word >>> 25;
  switch (word & 0x7f) {
    case 0b0110111:
      return { kind: "lui", rd, immediate: upper(word) };
    case 0b0010111:
      return { kind: "auipc", rd, immediate: upper(word) };
    case 0b1101111:
      return { kind: "jal", rd, immediate: jumpOffset(word) };
    case 0b1100111:
      return funct3 === 0 ? { kind: "jalr", rd, rs1, immediate: word >> 20 } : null;
    case 0b1100011: {
      const name = BRANCHES[funct3]!;
      return name && { kind: "branch", name, rs1, rs2, immediate: branchOffset(word) };
    }
    case 0b0000011: {
      const name = LOADS[funct3]!;
      return name && { kind: "load", name, rd, rs1, immediate: word >> 20 };
    }
    case 0b0100011: {
      const name = STORES[funct3]!;
      return name && { kind: "store", name, rs1, rs2, immediate: ((word >> 25) << 5) | rd };
    }
    case 0b0010011: {
      if (funct3 !== SHIFT_LEFT && funct3 !== SHIFT_RIGHT) {
        return { kind: "immediate", name: OPERATIONS[0]![funct3]!, rd, rs1, immediate: word >> 20 };
      }
      const name = funct7 === 1 ? null : OPERATIONS[funct7]?.[funct3];
      return name ? { kind: "immediate", name, rd, rs1, immediate: rs2 } : null;
    }
    case 0b0110011: {
      const name = OPERATIONS[funct7]?.[funct3];
      return name ? { kind: "register", name, rd, rs1, rs2 } : null;
    }
    case 0b0001111:
      return funct3 === 0 ? { kind: "fence" } : null;
    case 0b1110011:
      return word >>> 0 === 0x73 ? { kind: "ecall" } : null;
    default:
      return null;
  }
}

const upper = (word: number): number => word & ~0xfff;

/** Bits 31, 19–12, 20, 30–21 of the word are bits 20, 19–12, 11, 10–1 of the offset. */
function jumpOffset(word: number): number {
  return ((word >> 31) << 20) | (word & 0xff000) | (((word >>> 20) & 1) << 11) | (((word >>> 21) & 0x3ff) << 1);
}

/** Bits 31, 7, 30–25, 11–8 of the word are bits 12, 11, 10–5, 4–1 of the offset. */
function branchOffset(word: number): number {
  return ((word >> 31) << 12) | (((word >>> 7) & 1) << 11) | (((word >>> 25) & 0x3f) << 5) | (((word >>> 8) & 15) << 1);
}

/** Whether a branch is taken, of two signed words. */
export const CONDITIONS: Readonly<Record<Branch, (a: number, b: number) => boolean>> = {
  beq: (a, b) => a === b,
  bne: (a, b) => a !== b,
  blt: (a, b) => a < b,
  bge: (a, b) => a >= b,
  bltu: (a, b) => a >>> 0 < b >>> 0,
  bgeu: (a, b) => a >>> 0 >= b >>> 0,
};

const high = (product: bigint): number => Number(BigInt.asIntN(32, product >> 32n));
const unsigned = (word: number): bigint => BigInt(word >>> 0);

/** Results of two signed words; their low 32 bits count. */
export const OPERATION: Readonly<Record<Operation, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 31),
  slt: (a, b) => (a < b ? 1 : 0),
  sltu: (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >>> (b & 31),
  sra: (a, b) => a >> (b & 31),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  mul: (a, b) => Math.imul(a, b),
  mulh: (a, b) => high(BigInt(a) * BigInt(b)),
  mulhsu: (a, b) => high(BigInt(a) * unsigned(b)),
  mulhu: (a, b) => high(unsigned(a) * unsigned(b)),
  // −2^31 / −1 is 2^31, whose low 32 bits are −2^31 again.
  div: (a, b) => (b === 0 ? -1 : Math.trunc(a / b)),
  divu: (a, b) => (b === 0 ? -1 : Math.trunc((a >>> 0) / (b >>> 0))),
  rem: (a, b) => (b === 0 ? a : a % b),
  remu: (a, b) => (b === 0 ? a : (a >>> 0) % (b >>> 0)),
};

/** Sign of a loaded number: an unsigned one of `bytes` becomes a signed word where the load says so. */
export function extend(name: Load, value: number): number {
  const unused = 32 - 8 * ACCESS_BYTES[name];
  return name === "lb" || name === "lh" ? (value << unused) >> unused : value;
}
