import { expect } from "chai";
import type { StoredWinner } from "../../../offchain/pm/interface.ts";
import { judge } from "../../../offchain/pm/redemption-judge.ts";
import { Chain__FakeForRedeemer } from "./Chain__FakeForRedeemer.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { ETHER, FACE, SENDER } from "./world.ts";
import { storedWinner } from "./winners.ts";

describe("judge", () => {
  let chain: Chain__FakeForRedeemer;
  beforeEach(() => {
    chain = new Chain__FakeForRedeemer(new Clock__Fake());
    chain.fund(SENDER, ETHER);
  });

  const winners = (count: number): StoredWinner[] => Array.from({ length: count }, (_, i) => storedWinner(BigInt(i)));
  const indicesOf = (list: readonly StoredWinner[]): number[] =>
    list.map(({ ticket }) => Number(ticket.commitmentIndex));

  it("asks one question about a batch that is good, and one about a single winner", async () => {
    for (const count of [1, 20]) {
      const batch = winners(count);
      chain.simulations = 0;
      expect(await judge(batch, chain)).to.deep.equal({ good: batch, bad: [] });
      expect(chain.simulations).to.equal(1);
    }
  });

  it("tells the bad from the good, each with its refusal", async () => {
    chain.bad.add(1n).add(3n);
    const { good, bad } = await judge(winners(5), chain);
    expect(indicesOf(good)).to.deep.equal([0, 2, 4]);
    expect(indicesOf(bad.map(({ winner }) => winner))).to.deep.equal([1, 3]);
    for (const { refusal } of bad) expect(refusal).to.deep.equal({ kind: "other", detail: "bad signature" });
  });

  it("leaves the later ones to another time where money does not reach for all, though it would for each", async () => {
    chain.fund(SENDER, 3n * FACE);
    const { good, bad } = await judge(winners(8), chain);
    expect(indicesOf(good)).to.deep.equal([0, 1]);
    expect(bad).to.deep.equal([]);
    chain.fund(SENDER, FACE);
    expect(indicesOf((await judge(winners(8), chain)).good)).to.deep.equal([0]);
  });

  it("asks about eight winners at a time, and about each once", async () => {
    chain.bad.add(0n);
    let [asking, most] = [0, 0];
    const asked: number[] = [];
    const refusal = chain.refusal.bind(chain);
    chain.refusal = async (winner) => {
      most = Math.max(most, (asking += 1));
      asked.push(Number(winner.ticket.commitmentIndex));
      return refusal(winner).finally(() => (asking -= 1));
    };
    const { good } = await judge(winners(30), chain);
    expect(good).to.have.length(29);
    expect(most).to.equal(8);
    expect(asked.sort((a, b) => a - b)).to.deep.equal(indicesOf(winners(30)));
  });

  it("fails as the first question does", async () => {
    chain.refusal = () => Promise.reject(new Error("the node is down"));
    const failed = await judge(winners(1), chain).catch((error: Error) => error.message);
    expect(failed).to.equal("the node is down");
  });
});
