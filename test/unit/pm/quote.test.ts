import { expect } from "chai";
import { z } from "zod";
import { deriveRand, deriveTermsMac } from "../../../offchain/pm/quote.ts";
import { describeIssues } from "../../../offchain/pm/schema.ts";
import { RECIPIENT, SENDER } from "./world.ts";

const SECRET = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

describe("secrets of a quote", () => {
  const quote = { recipient: RECIPIENT, sender: SENDER, faceValue: 5n, creationRound: 10 };

  it("are others for every secret, recipient, sender, face value, round and index", () => {
    const of = { ...quote, index: 3n };
    const changes = [
      { recipient: SENDER },
      { sender: RECIPIENT },
      { faceValue: 6n },
      { creationRound: 11 },
      { index: 4n },
    ];
    const numbers = [of, ...changes.map((change) => ({ ...of, ...change }))].map((each) => deriveRand(SECRET, each));
    expect(new Set([...numbers, deriveRand(OTHER, of)]).size).to.equal(7);
    expect(deriveRand(SECRET, of)).to.equal(numbers[0]);
  });

  it("mark every term", () => {
    const of = { ...quote, price: { numerator: 1n, denominator: 2n }, validUntil: 1_000 };
    const changes = [
      { recipient: SENDER },
      { sender: RECIPIENT },
      { faceValue: 6n },
      { creationRound: 11 },
      { price: { ...of.price, numerator: 3n } },
      { price: { ...of.price, denominator: 3n } },
      { validUntil: 1_001 },
    ];
    const marks = [of, ...changes.map((change) => ({ ...of, ...change }))].map((each) => deriveTermsMac(SECRET, each));
    expect(new Set([...marks, deriveTermsMac(OTHER, of)]).size).to.equal(9);
    expect(deriveTermsMac(SECRET, of)).to.equal(marks[0]);
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
