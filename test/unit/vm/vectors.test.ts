import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { keccak256 } from "ethers";
import { machineVectors } from "../../../scripts/machine-vectors.ts";

const FILE = new URL("../../../LIPS/vectors/machine.json", import.meta.url);

describe("LIPS/vectors/machine.json", () => {
  let text: string;
  before(async () => {
    text = await readFile(FILE, "utf8");
  });

  it("is what `npm run lips:vectors` writes", () => expect(text).to.equal(machineVectors()));

  it("has states of 173 bytes that are hashed as LIP-5 says, and one name for each", () => {
    const { steps } = JSON.parse(text) as { steps: { name: string; state: string; next: string; nextHash: string }[] };
    for (const { state, next, nextHash } of steps) {
      expect([state.length, next.length]).to.deep.equal([2 + 2 * 173, 2 + 2 * 173]);
      expect(nextHash).to.equal(keccak256(next));
    }
    expect(new Set(steps.map(({ name }) => name)).size).to.equal(steps.length);
  });
});
