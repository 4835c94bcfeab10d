import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { readProgram } from "../../../offchain/vm/elf.ts";
import { describeProgram, elfOf, GUESTS, readManifest } from "../../../offchain/vm/guest/build.ts";
import { RAM_END, ROM_END } from "../../../offchain/vm/layout.ts";
import { type ElfSegment, EXECUTE, READ, WRITE, writeElf } from "../../fixtures/elf.ts";
import { expectCode } from "../pm/coded.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const CODE: ElfSegment = { address: 0, flags: READ + EXECUTE, bytes: bytes(1, 2, 3, 4) };
const DATA: ElfSegment = {
  address: ROM_END,
  loadAddress: 8,
  flags: READ + WRITE,
  bytes: bytes(5, 6),
  memoryBytes: 100,
};

describe("a guest's ELF file", () => {
  it("gives code, constants and the image of the variables, where they are loaded", () => {
    const constants = { address: 16, flags: READ, bytes: bytes(7) };
    const rom = readProgram(writeElf(0, [DATA, CODE, constants]));
    expect([...rom]).to.deep.equal([1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 7]);
  });

  it("may have variables that are zero, and a ROM that is full", () => {
    const zeros = { address: ROM_END, flags: READ + WRITE, memoryBytes: RAM_END - ROM_END };
    const full = { ...CODE, bytes: new Uint8Array(ROM_END).fill(9) };
    expect(readProgram(writeElf(0, [full, zeros])).length).to.equal(ROM_END);
  });

  const refused: [string, ElfSegment[]][] = [
    ["no code at its entry", [{ ...CODE, flags: READ }]],
    ["code elsewhere only", [{ ...CODE, address: 4096 }]],
    ["more code than ROM", [{ ...CODE, bytes: new Uint8Array(ROM_END + 1) }]],
    ["code in RAM", [CODE, { ...CODE, address: ROM_END }]],
    ["code that can be written", [{ ...CODE, flags: READ + WRITE + EXECUTE }]],
    ["code that is moved", [CODE, { ...CODE, address: 4096, loadAddress: 64 }]],
    ["zeros behind the code that leave ROM", [{ ...CODE, memoryBytes: ROM_END + 1 }]],
    ["two segments in one place", [CODE, { ...DATA, loadAddress: 3 }]],
    ["variables that nobody copies", [CODE, { ...DATA, loadAddress: ROM_END }]],
    ["variables in ROM", [CODE, { ...DATA, address: ROM_END - 1 }]],
    ["variables behind RAM", [CODE, { ...DATA, memoryBytes: RAM_END - ROM_END + 1 }]],
    ["less memory than bytes", [CODE, { ...DATA, memoryBytes: 1 }]],
    ["no segments", []],
    ["too many segments", new Array<ElfSegment>(17).fill(CODE)],
  ];
  for (const [name, segments] of refused) {
    it(`is refused with ${name}`, () => expectCode(() => readProgram(writeElf(0, segments)), "ProgramInvalid"));
  }

  it("is refused when a field of its headers says something else", async () => {
    const good = writeElf(0, [CODE]);
    // Magic, class, order, type, machine, entry, place of the program headers, flags, their length and number; then type and file offset.
    for (const at of [0, 3, 4, 5, 16, 18, 24, 31, 36, 42, 45, 52, 59]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 4;
      await expectCode(() => readProgram(bad), "ProgramInvalid");
    }
  });

  it("is refused, and nothing else happens, whatever is cut off or changed", () => {
    const good = readFileSync(elfOf("checksum"));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(120), fc.nat(255), fc.boolean(), (length, at, value, cuts) => {
        const bad = Buffer.from(cuts ? good.subarray(0, length) : good);
        if (at < bad.length) bad[at] = value;
        try {
          expect(readProgram(bad).length).to.be.at.most(ROM_END);
        } catch (error) {
          if (!isStreamflowError(error, "ProgramInvalid")) throw error;
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});

describe("the guests that are kept", () => {
  it("are those that the manifest describes", () => {
    const { programs } = readManifest();
    expect(Object.keys(programs)).to.deep.equal([...GUESTS]);
    for (const guest of GUESTS) expect(describeProgram(readFileSync(elfOf(guest)))).to.deep.equal(programs[guest]);
  });
});
