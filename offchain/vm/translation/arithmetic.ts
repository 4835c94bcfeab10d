import { type Bytes, i32 } from "../../wasm/encoding.ts";
import { ACCESS_BYTES, type Instruction, type Operation } from "../instructions.ts";
import { MEMORY_BYTES, ROM_END } from "../layout.ts";

// Of WebAssembly's instructions, their numbers: core specification 2.0, section 5.4.

type Branch = Extract<Instruction, { kind: "branch" }>["name"];
type Access = Extract<Instruction, { kind: "load" | "store" }>["name"];

export const ADD = 0x6a;
export const SUB = 0x6b;
export const AND = 0x71;
export const SHIFT_RIGHT = 0x76;
const ROTATE_RIGHT = 0x78;
const [EQUAL, NOT_EQUAL, LESS, LESS_UNSIGNED, NOT_LESS, NOT_LESS_UNSIGNED] = [0x46, 0x47, 0x48, 0x49, 0x4e, 0x4f];
const IS_ZERO = 0x45;
const [IF, ELSE, END] = [0x04, 0x05, 0x0b];
const RESULT_I32 = 0x7f;

export const CONDITION: Readonly<Record<Branch, number>> = {
  beq: EQUAL,
  bne: NOT_EQUAL,
  blt: LESS,
  bge: NOT_LESS,
  bltu: LESS_UNSIGNED,
  bgeu: NOT_LESS_UNSIGNED,
};
export const IS_LESS = LESS;

/** Those that WebAssembly has, too: shifts are by the low five bits there as here. */
const SAME: Partial<Record<Operation, number>> = {
  add: ADD,
  sub: SUB,
  sll: 0x74,
  slt: LESS,
  sltu: LESS_UNSIGNED,
  xor: 0x73,
  srl: SHIFT_RIGHT,
  sra: 0x75,
  or: 0x72,
  and: AND,
  mul: 0x6c,
};

const WIDEN = { signed: 0xac, unsigned: 0xad } as const;
const [MULTIPLY_64, SHIFT_RIGHT_64, WRAP] = [0x7e, 0x88, 0xa7];
const [DIVIDE, DIVIDE_UNSIGNED, REST, REST_UNSIGNED] = [0x6d, 0x6e, 0x6f, 0x70];

/** The upper half of a product of 64 bits. */
function high(a: Bytes, wideA: keyof typeof WIDEN, b: Bytes, wideB: keyof typeof WIDEN): number[] {
  return [...a, WIDEN[wideA], ...b, WIDEN[wideB], MULTIPLY_64, 0x42, 32, SHIFT_RIGHT_64, WRAP];
}

const either = (condition: Bytes, yes: Bytes, no: Bytes): number[] => [
  ...condition,
  IF,
  RESULT_I32,
  ...yes,
  ELSE,
  ...no,
  END,
];

/** Code whose result is that of the operation, of code that has no effect. */
export function operate(name: Operation, a: Bytes, b: Bytes): number[] {
  const same = SAME[name];
  if (same !== undefined) return [...a, ...b, same];
  const isZero = [...b, IS_ZERO];
  switch (name) {
    case "mulh":
      return high(a, "signed", b, "signed");
    case "mulhsu":
      return high(a, "signed", b, "unsigned");
    case "mulhu":
      return high(a, "unsigned", b, "unsigned");
    case "div": {
      // WebAssembly traps where −2^31 is divided by −1; for every a, a / −1 is 0 − a.
      const minusOne = [...b, ...i32(-1), EQUAL];
      return either(isZero, i32(-1), either(minusOne, [...i32(0), ...a, SUB], [...a, ...b, DIVIDE]));
    }
    case "divu":
      return either(isZero, i32(-1), [...a, ...b, DIVIDE_UNSIGNED]);
    case "rem":
      return either(isZero, a, [...a, ...b, REST]);
    case "remu":
      return either(isZero, a, [...a, ...b, REST_UNSIGNED]);
    default:
      throw new Error(`no such operation: ${name}`);
  }
}

/** Instruction and alignment (a power of 2). */
export const ACCESS: Readonly<Record<Access, Bytes>> = {
  lb: [0x2c, 0],
  lbu: [0x2d, 0],
  lh: [0x2e, 1],
  lhu: [0x2f, 1],
  lw: [0x28, 2],
  sb: [0x3a, 0],
  sh: [0x3b, 1],
  sw: [0x36, 2],
};

/** Code whose result is not zero where this access would trap, of an address. */
export function isRefused(
  { kind, name }: { readonly kind: "load" | "store"; readonly name: Access },
  address: Bytes,
): number[] {
  const odd = ACCESS_BYTES[name] - 1;
  if (kind === "load") return [...address, ...i32(-MEMORY_BYTES | odd), AND];
  // Bits of which none may be set are rotated to the top, where they make the number too large.
  const bits = Math.log2(ACCESS_BYTES[name]);
  const offset = [...address, ...i32(ROM_END), SUB];
  const rotated = bits === 0 ? offset : [...offset, ...i32(bits), ROTATE_RIGHT];
  return [...rotated, ...i32((MEMORY_BYTES - ROM_END) >>> bits), NOT_LESS_UNSIGNED];
}
