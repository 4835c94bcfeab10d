import { assemble } from "../../../offchain/vm/assembler.ts";
import { HEAP, OUTPUT, SOURCE } from "../../../offchain/vm/layout.ts";
import { type Start, startOf } from "../../../offchain/vm/start.ts";

// A program that does what a judge does most, until there are real ones: it reads the source word by word, mixes what it read, counts bytes
// in a table, branches on them, calls a function, writes a byte and starts over for ever.

const WORKLOAD = `
  li s2, 0x9e3779b1     # factor
  li s3, 24             # limit
  lui t2, ${HEAP >>> 12}       # table
  lui s0, ${OUTPUT >>> 12}       # where the next byte goes
pass:
  lui t0, ${SOURCE >>> 12}
  add t1, t0, a0
next:
  lw s4, 0(t0)
  xor s1, s1, s4        # s1: hash
  mul s1, s1, s2
  srli s5, s1, 15
  xor s1, s1, s5
  andi s6, s4, 255
  slli s6, s6, 2
  add s6, s6, t2
  lw s7, 0(s6)
  addi s7, s7, 1
  sw s7, 0(s6)
  lbu s8, 3(t0)
  bltu s3, s8, large
  sub s1, s1, s8
large:
  lhu s9, 2(t0)
  add s1, s1, s9
  sb s1, 0(s0)
  jal ra, turn
  addi t0, t0, 4
  bltu t0, t1, next
  j pass
turn:
  slli s5, s1, 5
  srli s1, s1, 27
  or s1, s5, s1
  addi s0, s0, 1
  jalr zero, 0(ra)
`;

/**
 * About 24 steps for each word of the source, for ever; the output grows by a byte with each, so a run of more than 2^26 words would trap.
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
    program: assemble(WORKLOAD),
    parameters: new Uint8Array(0),
    source: new Uint8Array(source.buffer),
    output: new Uint8Array(0),
    outputIndex: 0,
  });
}
