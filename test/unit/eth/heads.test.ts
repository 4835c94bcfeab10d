import { expect } from "chai";
import { Heads } from "../../../offchain/eth/heads.ts";

const HASH = `0x${"ab".repeat(32)}`;

/** A chain that has as many blocks as questions, or is away. */
class Provider__Fake {
  asked = 0;
  isAway = false;
  answer: (block: number) => unknown = (block) => ({
    number: `0x${block.toString(16)}`,
    hash: HASH,
    timestamp: "0x64",
  });

  async send(method: string, params: unknown): Promise<unknown> {
    expect([method, params]).to.deep.equal(["eth_getBlockByNumber", ["latest", false]]);
    this.asked += 1;
    if (this.isAway) throw new Error("away");
    return this.answer(this.asked);
  }
}

describe("Heads", () => {
  let provider: Provider__Fake;
  let now: number;
  let heads: Heads;
  beforeEach(() => {
    [provider, now] = [new Provider__Fake(), 0];
    heads = new Heads({ pollMs: 1_000 }, provider, () => now);
  });

  it("asks the chain once for all who look within a poll, and again for who looks a poll later", async () => {
    const first = { number: 1, hash: HASH, time: 100 };
    expect(await Promise.all([heads.recent(), heads.recent()])).to.deep.equal([first, first]);
    now = 899;
    expect(await heads.recent()).to.deep.equal(first);
    now = 999;
    expect((await heads.recent()).number).to.equal(2);
  });

  it("reads anew for who has changed the chain, and lets all others have that", async () => {
    await heads.recent();
    expect((await heads.now()).number).to.equal(2);
    expect((await heads.recent()).number).to.equal(2);
  });

  it("says so when the chain is away, and does not go on with the last head", async () => {
    await heads.recent();
    [now, provider.isAway] = [1_000, true];
    expect(await heads.recent().catch((error: unknown) => String(error))).to.equal("Error: away");
    provider.isAway = false;
    expect((await heads.recent()).number).to.equal(3);
  });

  for (const [what, answer] of [
    ["no block", null],
    ["a block without a hash", { number: "0x1", hash: null, timestamp: "0x64" }],
    ["a number beyond all bounds", { number: `0x${"f".repeat(14)}`, hash: HASH, timestamp: "0x64" }],
  ] as const)
    it(`does not take ${what} for a head`, async () => {
      provider.answer = () => answer;
      expect(await heads.recent().catch((error: unknown) => (error as Error).name)).to.equal("ZodError");
    });
});
