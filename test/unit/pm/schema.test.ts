import { expect } from "chai";
import { getAddress } from "ethers";
import { z } from "zod";
import {
  addressSchema,
  decimalSchema,
  describeIssues,
  hexSchema,
  safeIntegerSchema,
  uint32Schema,
} from "../../../offchain/pm/schema.ts";
import { SENDER } from "./world.ts";

// What passes here reaches buffers of fixed width and the chain unchecked.

const LOWER = SENDER.slice(2).toLowerCase();

function expectRead(schema: z.ZodType, input: unknown, value: unknown): void {
  expect(schema.parse(input), `${String(input)} is read`).to.equal(value);
}

function expectRefused(schema: z.ZodType, ...inputs: unknown[]): void {
  for (const input of inputs) expect(schema.safeParse(input).success, `${String(input)} is refused`).to.be.false;
}

describe("decimalSchema", () => {
  it("reads integers up to its bits, written in one way", () => {
    for (const value of [0n, 10n, 255n]) expectRead(decimalSchema(8), value.toString(), value);
    expectRead(decimalSchema(256), (2n ** 256n - 1n).toString(), 2n ** 256n - 1n);
    expectRefused(decimalSchema(8), "256", "-1", "+1", "01", "00", "", " 1", "1 ", "1\n", "1e1", "0x1", "1.0", 1, 1n);
  });

  it("refuses what is too long for 256 bits by its length: reading a long number takes a node's time", () => {
    const { error } = decimalSchema(1024).safeParse("9".repeat(79));
    expect(error!.issues.map(({ code }) => code)).to.deep.equal(["too_big"]);
  });
});

describe("hexSchema", () => {
  it("reads as many bytes as it is for, in any case", () => {
    expectRead(hexSchema(2), "0xAb09", "0xab09");
    expectRefused(hexSchema(2), "0xab0", "0xab091", "0xab0900", "ab0900", "00xab0", "0xab0g", "0xab0\n", "0Xab09");
  });
});

describe("addressSchema", () => {
  it("reads an address with its checksum, and one that has none to check", () => {
    for (const digits of [SENDER.slice(2), LOWER, LOWER.toUpperCase()])
      expectRead(addressSchema, `0x${digits}`, SENDER);
    const numbers = `0x${"12".repeat(20)}`;
    expectRead(addressSchema, numbers, getAddress(numbers));
  });

  it("refuses a digit too many or too few, so that nobody pays another address", () => {
    expectRefused(addressSchema, `0x${LOWER}0`, `0x${LOWER.slice(1)}`, `0x${LOWER}\n`, `0x${LOWER.toUpperCase()}0`);
    expectRefused(addressSchema, LOWER, `0X${LOWER}`, `00${LOWER}`, `000x${LOWER}`, ` 0x${LOWER}`);
  });

  it("refuses mixed case with a wrong checksum", () => {
    expectRefused(
      addressSchema,
      SENDER.replace(/[a-f]/, (digit) => digit.toUpperCase()),
    );
    expectRefused(
      addressSchema,
      SENDER.replace(/[A-F]/, (digit) => digit.toLowerCase()),
    );
  });
});

describe("integers on the wire", () => {
  it("are counts that a JSON number holds exactly", () => {
    for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) expectRead(safeIntegerSchema, value, value);
    expectRefused(safeIntegerSchema, -1, 0.5, Number.MAX_SAFE_INTEGER + 1, NaN, Infinity, "1", 1n);
  });

  it("are rounds of 32 bits", () => {
    for (const value of [0, 1, 0xffffffff]) expectRead(uint32Schema, value, value);
    expectRefused(uint32Schema, -1, 0.5, 0x1_0000_0000, "1");
  });
});

describe("describeIssues", () => {
  const issuesOf = (schema: z.ZodType, input: unknown): string => describeIssues(schema.safeParse(input).error!);

  it("says where the input is wrong and why, of three places at most", () => {
    const no = z.unknown().refine(() => false, "no");
    expect(issuesOf(no, 1)).to.equal("(root): no");
    expect(issuesOf(z.object({ a: z.object({ b: no }) }), { a: { b: 1 } })).to.equal("a.b: no");
    expect(issuesOf(z.array(no), [1, 2, 3, 4])).to.equal("0: no; 1: no; 2: no");
  });
});
