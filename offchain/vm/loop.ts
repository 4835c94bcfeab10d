import { type Code } from "./code.ts";
import { MEMORY_BYTES, ROM_END } from "./layout.ts";
import { CHANGED, PAGE_SHIFT, type PagedMemory } from "./paged-memory.ts";

/** Bits of an address that are set outside memory, or where a number of 2 or 4 bytes is not aligned. */
const OUTSIDE = -MEMORY_BYTES;
const OUTSIDE_OR_ODD = OUTSIDE | 1;
const OUTSIDE_OR_SPLIT = OUTSIDE | 3;

/** Where a loop stopped: number of the word that comes next, and how many steps it has not done. */
export interface Stop {
  readonly at: number;
  readonly left: number;
}

/** Executes what is frequent, over a program and a memory. */
export interface Loop {
  /** {1} Most steps of one call. */
  readonly mostSteps: number;
  /**
   * Executes up to `left` steps from word number `at` on, and stops before one that it leaves to the reference.
   * @param x REGISTERS numbers, changed in place
   * @param at {1} up to the code's length
   */
  execute(x: Int32Array, at: number, left: number): Stop;
}

/**
 * Executes up to `left` steps from word number `at` on, and stops before one that it leaves to the reference: what traps or calls the
 * system, and whatever is outside the code.
 * @param x REGISTERS numbers, changed in place
 * @param at {1} up to the code's length
 * @param left {1} less than 2^31
 */
export function execute(
  { words: code, length }: Code,
  memory: PagedMemory,
  x: Int32Array,
  at: number,
  left: number,
): Stop {
  const { words, halves, signedHalves, bytes, signedBytes, changed } = memory;
  // What follows was read in the machine code that V8 makes. `| 0` keeps the counters plain 32-bit numbers, and an access to each array
  // before the loop spares its checks in there.
  at |= 0;
  left |= 0;
  void [code[0], x[0], words[0], halves[0], signedHalves[0], bytes[0], signedBytes[0], changed[0]];
  loop: while (left > 0) {
    const word = code[at << 1]!;
    const immediate = code[(at << 1) | 1]!;
    const a = x[(word >>> 16) & 63]!;
    const b = x[word >>> 24]!;
    switch (word & 255) {
      case 1: // lui, auipc
        x[(word >>> 8) & 63] = immediate;
        break;
      case 2: // jal
        x[(word >>> 8) & 63] = (at + 1) << 2;
        at = immediate;
        left = (left - 1) | 0;
        continue;
      case 3: {
        // jalr
        const target = (a + immediate) & ~1;
        if ((target & 2) !== 0) break loop;
        x[(word >>> 8) & 63] = (at + 1) << 2;
        at = target >>> 2;
        left = (left - 1) | 0;
        // Nothing would be found there, but V8 makes slower code once it has read behind an array.
        if (at > length) break loop;
        continue;
      }
      case 4: // beq
        at = a === b ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 5: // bne
        at = a !== b ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 6: // blt
        at = a < b ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 7: // bge
        at = a >= b ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 8: // bltu
        at = a >>> 0 < b >>> 0 ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 9: // bgeu
        at = a >>> 0 >= b >>> 0 ? immediate : (at + 1) | 0;
        left = (left - 1) | 0;
        continue;
      case 10: {
        // lb
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE) !== 0) break loop;
        x[(word >>> 8) & 63] = signedBytes[address]!;
        break;
      }
      case 11: {
        // lh
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE_OR_ODD) !== 0) break loop;
        x[(word >>> 8) & 63] = signedHalves[address >>> 1]!;
        break;
      }
      case 12: {
        // lw
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE_OR_SPLIT) !== 0) break loop;
        x[(word >>> 8) & 63] = words[address >>> 2]!;
        break;
      }
      case 13: {
        // lbu
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE) !== 0) break loop;
        x[(word >>> 8) & 63] = bytes[address]!;
        break;
      }
      case 14: {
        // lhu
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE_OR_ODD) !== 0) break loop;
        x[(word >>> 8) & 63] = halves[address >>> 1]!;
        break;
      }
      case 15: {
        // sb
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE) !== 0 || address < ROM_END) break loop;
        bytes[address] = b;
        changed[address >>> PAGE_SHIFT] = CHANGED;
        break;
      }
      case 16: {
        // sh
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE_OR_ODD) !== 0 || address < ROM_END) break loop;
        halves[address >>> 1] = b;
        changed[address >>> PAGE_SHIFT] = CHANGED;
        break;
      }
      case 17: {
        // sw
        const address = (a + immediate) | 0;
        if ((address & OUTSIDE_OR_SPLIT) !== 0 || address < ROM_END) break loop;
        words[address >>> 2] = b;
        changed[address >>> PAGE_SHIFT] = CHANGED;
        break;
      }
      case 18: // addi
        x[(word >>> 8) & 63] = a + immediate;
        break;
      case 19: // slti
        x[(word >>> 8) & 63] = a < immediate ? 1 : 0;
        break;
      case 20: // sltiu
        x[(word >>> 8) & 63] = a >>> 0 < immediate >>> 0 ? 1 : 0;
        break;
      case 21: // xori
        x[(word >>> 8) & 63] = a ^ immediate;
        break;
      case 22: // ori
        x[(word >>> 8) & 63] = a | immediate;
        break;
      case 23: // andi
        x[(word >>> 8) & 63] = a & immediate;
        break;
      case 24: // slli
        x[(word >>> 8) & 63] = a << immediate;
        break;
      case 25: // srli
        x[(word >>> 8) & 63] = a >>> immediate;
        break;
      case 26: // srai
        x[(word >>> 8) & 63] = a >> immediate;
        break;
      case 27: // add
        x[(word >>> 8) & 63] = a + b;
        break;
      case 28: // sub
        x[(word >>> 8) & 63] = a - b;
        break;
      case 29: // sll
        x[(word >>> 8) & 63] = a << b;
        break;
      case 30: // slt
        x[(word >>> 8) & 63] = a < b ? 1 : 0;
        break;
      case 31: // sltu
        x[(word >>> 8) & 63] = a >>> 0 < b >>> 0 ? 1 : 0;
        break;
      case 32: // xor
        x[(word >>> 8) & 63] = a ^ b;
        break;
      case 33: // srl
        x[(word >>> 8) & 63] = a >>> b;
        break;
      case 34: // sra
        x[(word >>> 8) & 63] = a >> b;
        break;
      case 35: // or
        x[(word >>> 8) & 63] = a | b;
        break;
      case 36: // and
        x[(word >>> 8) & 63] = a & b;
        break;
      case 37: // mul
        x[(word >>> 8) & 63] = Math.imul(a, b);
        break;
      case 38: // mulh
        x[(word >>> 8) & 63] = highOfProduct(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0);
        break;
      case 39: // mulhsu
        x[(word >>> 8) & 63] = highOfProduct(a, b) - (a < 0 ? b : 0);
        break;
      case 40: // mulhu
        x[(word >>> 8) & 63] = highOfProduct(a, b);
        break;
      case 41: // div
        x[(word >>> 8) & 63] = b === 0 ? -1 : (a / b) | 0;
        break;
      case 42: // divu
        x[(word >>> 8) & 63] = b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0;
        break;
      case 43: // rem
        x[(word >>> 8) & 63] = b === 0 ? a : (a % b) | 0;
        break;
      case 44: // remu
        x[(word >>> 8) & 63] = b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;
        break;
      default:
        break loop;
    }
    at = (at + 1) | 0;
    left = (left - 1) | 0;
  }
  return { at, left };
}

/** Upper 32 bits of the product of two unsigned words, as a number that is right modulo 2^32. */
function highOfProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Every sum is below 2^53, so none is rounded.
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65_536);
  const carry = Math.floor((aLow * bHigh + (middle % 65_536)) / 65_536);
  return aHigh * bHigh + Math.floor(middle / 65_536) + carry;
}
