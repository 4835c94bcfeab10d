// A small assembler, for tests and examples: RV32IM, labels, a few pseudo-instructions. Formats: RISC-V unprivileged specification 20191213,
// chapter 24.

/** Of x0 to x31. */
export const ABI_NAMES =
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");
const REGISTERS = new Map(ABI_NAMES.flatMap((name, i) => [[name, i] as const, [`x${i}`, i] as const]));

const table = (names: string): [string, number][] =>
  names.split(" ").flatMap((name, funct): [string, number][] => (name === "-" ? [] : [[name, funct]]));

/** funct3 by name; "-" is none. */
const BRANCHES = new Map(table("beq bne - - blt bge bltu bgeu"));
const LOADS = new Map(table("lb lh lw - lbu lhu"));
const STORES = new Map(table("sb sh sw"));
const IMMEDIATES = new Map(table("addi - slti sltiu xori - ori andi"));
type Functs = readonly [funct7: number, funct3: number];
const withFunct7 = (funct7: number, names: string): [string, Functs][] =>
  table(names).map(([name, funct3]) => [name, [funct7, funct3]]);

const SHIFTS = new Map<string, Functs>([
  ["slli", [0x00, 1]],
  ["srli", [0x00, 5]],
  ["srai", [0x20, 5]],
]);
const OPERATIONS = new Map<string, Functs>([
  ...withFunct7(0x00, "add sll slt sltu xor srl or and"),
  ...withFunct7(0x01, "mul mulh mulhsu mulhu div divu rem remu"),
  ...withFunct7(0x20, "sub - - - - sra"),
]);

/** Whether a 32-bit number fits into the 12 signed bits of an immediate. */
const isShort = (value: number): boolean => value >= -2048 && value < 2048;

interface Line {
  readonly name: string;
  readonly operands: readonly string[];
  readonly address: number;
  readonly text: string;
}

/**
 * Little-endian words of a program that is loaded to address 0. One instruction, label (`name:`) or `.word number` a line; comments from `#` on; registers by
 * number or ABI name; numbers decimal or 0x…; branches and jumps name a label. `li rd, number` takes one word or two. Errors: `SyntaxError` with the line.
 */
export function assemble(source: string): Uint8Array {
  const lines: Line[] = [];
  const labels = new Map<string, number>();
  let address = 0;
  for (const whole of source.split("\n")) {
    let text = whole.replace(/#.*/, "").trim();
    const label = /^(\w+):\s*/.exec(text);
    if (label !== null) {
      labels.set(label[1]!, address);
      text = text.slice(label[0].length);
    }
    if (text === "") continue;
    const [name = "", ...rest] = text.split(/\s+/);
    const line = { name, operands: rest.join(" ").split(/\s*,\s*/), address, text };
    lines.push(line);
    address += name === "li" && !isShort(Number(line.operands[1])) ? 8 : 4;
  }
  const bytes = Buffer.alloc(address);
  for (const line of lines) {
    for (const [i, word] of encode(line, labels).entries()) bytes.writeUInt32LE(word >>> 0, line.address + 4 * i);
  }
  return bytes;
}

function encode({ name, operands, address, text }: Line, labels: ReadonlyMap<string, number>): number[] {
  const fail = (why: string): never => {
    throw new SyntaxError(`${text}: ${why}`);
  };
  const register = (i: number): number => REGISTERS.get(operands[i] ?? "") ?? fail(`${operands[i]} is no register`);
  const number = (i: number, least: number, most: number): number => {
    const value = Number(operands[i] === "" ? undefined : operands[i]);
    return Number.isInteger(value) && value >= least && value <= most
      ? value
      : fail(`${operands[i]} is no number from ${least} to ${most}`);
  };
  const offset = (i: number): number => {
    const target = labels.get(operands[i] ?? "");
    return target === undefined ? fail(`${operands[i]} is no label`) : target - address;
  };
  /** `offset(register)` */
  const place = (i: number): [number, number] => {
    const [, at = "", base = ""] = /^(-?\w+)\((\w+)\)$/.exec(operands[i] ?? "") ?? fail(`${operands[i]} is no address`);
    const value = Number(at);
    if (!isShort(value)) fail(`${at} is no offset`);
    return [value, REGISTERS.get(base) ?? fail(`${base} is no register`)];
  };

  const branch = BRANCHES.get(name);
  if (branch !== undefined) return [branchWord(branch, register(0), register(1), offset(2))];
  const load = LOADS.get(name);
  if (load !== undefined) return [immediateWord(0x03, load, register(0), place(1)[1], place(1)[0])];
  const store = STORES.get(name);
  if (store !== undefined) return [storeWord(store, place(1)[1], register(0), place(1)[0])];
  const immediate = IMMEDIATES.get(name);
  if (immediate !== undefined)
    return [immediateWord(0x13, immediate, register(0), register(1), number(2, -2048, 2047))];
  const shift = SHIFTS.get(name);
  if (shift !== undefined) return [registerWord(0x13, shift, register(0), register(1), number(2, 0, 31))];
  const operation = OPERATIONS.get(name);
  if (operation !== undefined) return [registerWord(0x33, operation, register(0), register(1), register(2))];

  switch (name) {
    case "lui":
    case "auipc":
      return [(number(1, 0, 0xfffff) << 12) | (register(0) << 7) | (name === "lui" ? 0x37 : 0x17)];
    case "jal":
      return [jumpWord(register(0), offset(1))];
    case "jalr":
      return [immediateWord(0x67, 0, register(0), place(1)[1], place(1)[0])];
    case "fence":
      return [0x0ff0000f];
    case "ecall":
      return [0x00000073];
    case "ebreak":
      return [0x00100073];
    case ".word":
      return [number(0, -(2 ** 31), 2 ** 32 - 1)];
    case "nop":
      return [immediateWord(0x13, 0, 0, 0, 0)];
    case "mv":
      return [immediateWord(0x13, 0, register(0), register(1), 0)];
    case "j":
      return [jumpWord(0, offset(0))];
    case "li": {
      const value = number(1, -(2 ** 31), 2 ** 32 - 1) | 0;
      if (isShort(Number(operands[1]))) return [immediateWord(0x13, 0, register(0), 0, value)];
      const low = (value << 20) >> 20;
      return [
        ((value - low) & ~0xfff) | (register(0) << 7) | 0x37,
        immediateWord(0x13, 0, register(0), register(0), low),
      ];
    }
    default:
      return fail("no such instruction");
  }
}

function immediateWord(opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number {
  return (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function registerWord(opcode: number, [funct7, funct3]: Functs, rd: number, rs1: number, rs2: number): number {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function storeWord(funct3: number, rs1: number, rs2: number, immediate: number): number {
  return ((immediate >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((immediate & 31) << 7) | 0x23;
}

function branchWord(funct3: number, rs1: number, rs2: number, offset: number): number {
  const high = (((offset >> 12) & 1) << 31) | (((offset >> 5) & 0x3f) << 25);
  return (
    high | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (((offset >> 1) & 15) << 8) | (((offset >> 11) & 1) << 7) | 0x63
  );
}

function jumpWord(rd: number, offset: number): number {
  const high = (((offset >> 20) & 1) << 31) | (((offset >> 1) & 0x3ff) << 21);
  return high | (((offset >> 11) & 1) << 20) | (offset & 0xff000) | (rd << 7) | 0x6f;
}
