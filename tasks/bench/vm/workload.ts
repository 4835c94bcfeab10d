import { HEAP, OUTPUT, SOURCE } from "../../../offchain/vm/layout.ts";
import { type Start, startOf } from "../../../offchain/vm/start.ts";

// A program that does what a judge does most, until there are real ones: it reads the source word by word, mixes what it read, counts bytes
// in a table, branches on them, calls a function, writes a byte and starts over for ever.

const r = (funct7: number, funct3: number) => (rd: number, rs1: number, rs2: number) =>
  (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | 0x33;
const i =
  (funct3: number, opcode = 0x13) =>
  (rd: number, rs1: number, immediate: number) =>
    ((immediate & 0xfff) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
const load = (funct3: number) => (rd: number, offset: number, rs1: number) => i(funct3, 0x03)(rd, rs1, offset);
const store = (funct3: number) => (rs2: number, offset: number, rs1: number) =>
  ((offset >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((offset & 31) << 7) | 0x23;
const lui = (rd: number, page: number) => (page << 12) | (rd << 7) | 0x37;
const bltu = (rs1: number, rs2: number, to: number) =>
  (((to >> 12) & 1) << 31) |
  (((to >> 5) & 63) << 25) |
  (rs2 << 20) |
  (rs1 << 15) |
  (6 << 12) |
  (((to >> 1) & 15) << 8) |
  (((to >> 11) & 1) << 7) |
  0x63;
const jal = (rd: number, to: number) =>
  (((to >> 20) & 1) << 31) | (((to >> 1) & 0x3ff) << 21) | (((to >> 11) & 1) << 20) | (to & 0xff000) | (rd << 7) | 0x6f;
const jalr = i(0, 0x67);
const [add, sub, xor, or, mul] = [r(0, 0), r(0x20, 0), r(0, 4), r(0, 6), r(1, 0)];
const [addi, andi, slli, srli] = [i(0), i(7), i(1), i(5)];
const [lw, lbu, lhu, sb, sw] = [load(2), load(4), load(5), store(0), store(2)];

const upper = (address: number): number => address >>> 12;
const [RA, LENGTH] = [1, 10];
const [FROM, END, TABLE, TO, HASH, FACTOR, LIMIT] = [5, 6, 7, 8, 9, 18, 19];
const [WORD, T, SLOT, COUNT, BYTE, HALF] = [20, 21, 22, 23, 24, 25];

function workload(): Uint8Array {
  const head = [
    lui(FACTOR, 0x9e378),
    addi(FACTOR, FACTOR, 0x9b1 - 0x1000),
    addi(LIMIT, 0, 24),
    lui(TABLE, upper(HEAP)),
    lui(TO, upper(OUTPUT)),
  ];
  const pass = [lui(FROM, upper(SOURCE)), add(END, FROM, LENGTH)];
  const loop = [
    lw(WORD, 0, FROM),
    xor(HASH, HASH, WORD),
    mul(HASH, HASH, FACTOR),
    srli(T, HASH, 15),
    xor(HASH, HASH, T),
    andi(SLOT, WORD, 255),
    slli(SLOT, SLOT, 2),
    add(SLOT, SLOT, TABLE),
    lw(COUNT, 0, SLOT),
    addi(COUNT, COUNT, 1),
    sw(COUNT, 0, SLOT),
    lbu(BYTE, 3, FROM),
    bltu(LIMIT, BYTE, 8),
    sub(HASH, HASH, BYTE),
    lhu(HALF, 2, FROM),
    add(HASH, HASH, HALF),
    sb(HASH, 0, TO),
    // The function is behind the loop, three words on from the next.
    jal(RA, 16),
    addi(FROM, FROM, 4),
  ];
  const words = [
    ...head,
    ...pass,
    ...loop,
    bltu(FROM, END, -4 * loop.length),
    jal(0, -4 * (loop.length + pass.length + 1)),
    slli(T, HASH, 5),
    srli(HASH, HASH, 27),
    or(HASH, T, HASH),
    addi(TO, TO, 1),
    jalr(0, RA, 0),
  ];
  return new Uint8Array(Int32Array.from(words).buffer);
}

/**
 * About 24 steps for each word of the source, for ever; `TO` grows by a byte with each, so a run of more than 2^26 words would trap.
 * @param bytes {bytes} of the source, a multiple of 4
 */
export function startWorkload(bytes: number): Start {
  // Bytes that look random, and are the same every time.
  const source = new Int32Array(bytes / 4);
  for (let at = 0, seed = 1; at < source.length; at += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    source[at] = Math.imul(seed ^ (seed >>> 15), 0x2c1b_3c6d);
  }
  return startOf({
    program: workload(),
    parameters: new Uint8Array(0),
    source: new Uint8Array(source.buffer),
    output: new Uint8Array(0),
    outputIndex: 0,
  });
}
