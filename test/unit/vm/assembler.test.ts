import { expect } from "chai";
import { assemble } from "../../../offchain/vm/assembler.ts";

const words = (text: string): string[] => {
  const bytes = Buffer.from(assemble(text));
  return Array.from({ length: bytes.length / 4 }, (_, i) =>
    bytes
      .readUInt32LE(4 * i)
      .toString(16)
      .padStart(8, "0"),
  );
};

describe("the assembler", () => {
  // As GNU as 2.40 for riscv32 encodes them.
  const LISTING: Readonly<Record<string, string>> = {
    "addi a0, sp, -16": "ff010513",
    "lui t0, 0x12345": "123452b7",
    "auipc gp, 1": "00001197",
    "sub s0, s1, a2": "40c48433",
    "srai t1, t2, 7": "4073d313",
    "mulhsu a3, a4, a5": "02f726b3",
    "lbu x5, -1(x6)": "fff34283",
    "sw ra, 12(sp)": "00112623",
    "sb t6, -2048(t5)": "81ff0023",
    "jalr zero, 0(ra)": "00008067",
    "mv a1, a0": "00050593",
    ecall: "00000073",
    ebreak: "00100073",
    fence: "0ff0000f",
    ".word 0xdeadbeef": "deadbeef",
  };
  for (const [text, word] of Object.entries(LISTING)) {
    it(`encodes ${text}`, () => expect(words(text)).to.deep.equal([word]));
  }

  it("resolves labels forth and back", () => {
    expect(words("start: beq a0, a1, end # comment\nj start\n\nend:\njal ra, start")).to.deep.equal([
      "00b50463",
      "ffdff06f",
      "ff9ff0ef",
    ]);
  });

  it("loads any word", () => {
    expect(words("li a0, -2048")).to.deep.equal(["80000513"]);
    expect(words("li a0, 0x12345fff")).to.deep.equal(["12346537", "fff50513"]);
    expect(words("li a0, 0xffffffff\nend: j end")).to.deep.equal(["00000537", "fff50513", "0000006f"]);
  });

  for (const text of [
    "foo a0",
    "addi a0, a1, 2048",
    "addi a0, q1, 1",
    "beq a0, a1, nowhere",
    "lw a0, a1",
    "slli a0, a0, 32",
  ]) {
    it(`refuses ${text}`, () => expect(() => assemble(text)).to.throw(SyntaxError, text.split(" ")[0]));
  }
});
