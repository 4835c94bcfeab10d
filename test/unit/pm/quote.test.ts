import { expect } from "chai";
import { AbiCoder, hexlify, keccak256 } from "ethers";
import { deriveRand, deriveTermsMac } from "../../../offchain/pm/quote.ts";
import { RECIPIENT, SENDER } from "./world.ts";

const SECRET = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

describe("secrets of a quote", () => {
  const quote = { recipient: RECIPIENT, sender: SENDER, faceValue: 5n, creationRound: 10 };

  it("are hashes of words that begin with the secret and what they are for: other versions of a node keep its promises", () => {
    const hashOf = (...words: [type: string, value: unknown][]): string =>
      keccak256(
        AbiCoder.defaultAbiCoder().encode(
          words.map(([type]) => type),
          words.map(([, value]) => value),
        ),
      );
    const begin = (purpose: number): [string, unknown][] => [
      ["bytes32", hexlify(SECRET)],
      ["uint256", purpose],
      ["address", RECIPIENT],
      ["address", SENDER],
      ["uint256", 5n],
      ["uint256", 10],
    ];
    expect(deriveRand(SECRET, { ...quote, index: 3n })).to.equal(hashOf(...begin(1), ["uint256", 3n]));
    const terms = { price: { numerator: 7n, denominator: 2n }, validUntil: 1_000 };
    expect(deriveTermsMac(SECRET, { ...quote, ...terms })).to.equal(
      hashOf(...begin(2), ["uint256", 7n], ["uint256", 2n], ["uint256", 1_000]),
    );
  });

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
