import fc from "fast-check";
import { HEAP, MEMORY_BYTES, ROM_END } from "../../../offchain/vm/layout.ts";
import type { Registers } from "../../../offchain/vm/machine.ts";

const bits = (count: number) => fc.nat(2 ** count - 1);
/** Few registers, so that instructions use what others left. */
const register = fc.oneof({ weight: 5, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.constantFrom(10, 17, 31) });
/** Arithmetic is more frequent, since it does not trap. */
const OPCODES = [0x13, 0x33, 0x13, 0x33, 0x13, 0x33, 0x13, 0x33, 0x63, 0x37, 0x17, 0x67, 0x63, 0x03, 0x23, 0x0f, 0x73];

/** Words of one opcode; the other bits are what is rather an instruction than not. */
const shaped = fc
  .record({
    opcode: fc.constantFrom(...OPCODES),
    funct3: bits(3),
    funct7: fc.oneof({ weight: 12, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.constantFrom(0x20, 0x7f) }),
    rd: register,
    rs1: register,
    rs2: register,
  })
  .map(({ opcode, funct3, funct7, rd, rs1, rs2 }) =>
    opcode === 0x73 ? opcode : opcode | (rd << 7) | (funct3 << 12) | (rs1 << 15) | (rs2 << 20) | (funct7 << 25),
  );

/** A word, as a signed number: mostly an instruction. */
export const words = fc.oneof(
  { weight: 20, arbitrary: shaped },
  { weight: 1, arbitrary: fc.integer() },
  // jal and branches over a few words, forth and back, and some to what is no word.
  { weight: 3, arbitrary: fc.tuple(register, bits(5)).map(([rd, to]) => 0x6f | (rd << 7) | (to << 21)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(register, register, bits(3), bits(4), fc.boolean())
      .map(
        ([rs1, rs2, funct3, to, back]) =>
          0x63 | (rs1 << 15) | (rs2 << 20) | (funct3 << 12) | (to << 8) | (back ? 0xfe00_0080 | 0 : 0),
      ),
  },
);

const near = (address: number) => fc.integer({ min: address - 8, max: address + 8 });
/** A register's number: anything, an edge of arithmetic, a place in memory or about its edges. */
const values = fc
  .oneof(
    { weight: 4, arbitrary: fc.nat(63).map((n) => HEAP + 4 * n) },
    fc.integer(),
    fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 93, 2000),
    fc.nat(31),
    fc.nat(15).map((n) => 4 * n),
    near(ROM_END),
    near(MEMORY_BYTES),
    near(0),
  )
  .map((value) => value | 0);

const pcs = fc.oneof(
  { weight: 30, arbitrary: fc.nat(15).map((n) => 4 * n) },
  { weight: 1, arbitrary: fc.constantFrom(2, 61, ROM_END - 4, ROM_END, 2 ** 32 - 4, 2 ** 32 - 1) },
);

/** Where a machine may be: running, in all but a few. */
export const registers: fc.Arbitrary<Registers> = fc.record({
  pc: pcs,
  status: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: bits(8) }),
  verdict: fc.constantFrom(0, 1, 2, 2 ** 32 - 1),
  step: fc.constantFrom(0n, 7n, 2n ** 53n - 2n, 2n ** 64n - 2n),
  x: fc.array(values, { minLength: 31, maxLength: 31 }).map((x) => Int32Array.from([0, ...x])),
});
