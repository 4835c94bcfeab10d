import { expect } from "chai";
import type { StoredWinner } from "../../../offchain/pm/interface.ts";
import type { Funds } from "../../../offchain/pm/redemption-policy.ts";
import { lossOf, type Planned, prepare, proposalOf } from "../../../offchain/pm/redemption-proposal.ts";
import { Chain__FakeForRedeemer, GAS } from "./Chain__FakeForRedeemer.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { ETHER, FACE, RECIPIENT, SENDER } from "./world.ts";
import { storedWinner } from "./winners.ts";

const NOTHING = { deposit: 0n, allocation: 0n, escrow: 0n, withdrawRound: null, leaves: Infinity, underway: 0n };

describe("redemption proposal", () => {
  let chain: Chain__FakeForRedeemer;
  beforeEach(() => {
    chain = new Chain__FakeForRedeemer(new Clock__Fake());
    chain.fund(SENDER, ETHER);
  });

  describe("prepare", () => {
    const prepared = (...winners: StoredWinner[]) => prepare("redeem", winners, { account: chain, broker: chain });

    it("leaves out what would not be paid, and tells the gas of the rest", async () => {
      chain.bad.add(1n);
      const [good, bad] = [storedWinner(0n), storedWinner(1n)];
      expect(await prepared(good, bad)).to.deep.equal({
        winners: [good],
        gas: GAS.single,
        bad: [{ winner: bad, refusal: { kind: "other", detail: "bad signature" } }],
      });
    });

    it("has nothing to send when nothing is left: a batch of nobody would cost gas and hold its nonce", async () => {
      chain.bad.add(0n);
      chain.estimateGas = async () => GAS.empty;
      const bad = storedWinner(0n);
      expect(await prepared(bad)).to.deep.equal({
        winners: [],
        gas: null,
        bad: [{ winner: bad, refusal: { kind: "other", detail: "bad signature" } }],
      });
    });
  });

  it("takes for a loss what brings no more than its gas", () => {
    const winners = [storedWinner(0n, { faceValue: 300n }), storedWinner(1n, { faceValue: 400n })];
    expect(lossOf(winners, 100n, 6n)).to.equal(null);
    expect(lossOf(winners, 100n, 7n)).to.equal("100 gas at 7 wei cost more than it brings");
  });

  describe("proposalOf", () => {
    interface Situation {
      readonly waiting: readonly StoredWinner[];
      readonly planned?: readonly Planned[];
      readonly funds?: Partial<Funds>;
    }
    const proposal = ({ waiting, planned = [], funds = {} }: Situation, price = 1n) =>
      proposalOf({ waiting, planned, expired: [], funds: new Map([[SENDER, { ...NOTHING, ...funds }]]) }, price, {
        account: chain,
        broker: chain,
      });
    const reasonOf = async (situation: Situation): Promise<string | undefined> =>
      (await proposal(situation)).skipped[0]?.reason;

    it("skips what is planned and turns out to be a loss, with its gas", async () => {
      const winner = storedWinner(0n);
      const planned = [{ kind: "redeem", winners: [winner] }] as const;
      const price = FACE / GAS.single;
      const { transactions, skipped } = await proposal({ waiting: [winner], planned }, price);
      expect(transactions).to.be.empty;
      expect(skipped).to.deep.equal([{ winner, reason: `${GAS.single} gas at ${price} wei cost more than it brings` }]);
    });

    const short: [string, Partial<Funds>, bigint][] = [
      ["deposit and allocation together", { deposit: 3n, allocation: 4n }, 7n],
      ["less what is under way", { deposit: 9n, underway: 2n }, 7n],
      ["none when more is under way than there is", { deposit: 1n, underway: 2n }, 0n],
    ];
    for (const [what, funds, have] of short) {
      it(`says what the sender has: ${what}`, async () => {
        const waiting = [storedWinner(0n, { faceValue: 8n })];
        expect(await reasonOf({ waiting, funds })).to.equal(`its sender has ${have} wei for it, 8 wei are needed`);
      });
    }

    it("says what the sender needs for all its winners, not counting those of others", async () => {
      const waiting = [1n, 2n].map((index) => storedWinner(index, { faceValue: 8n }));
      waiting.push(storedWinner(3n, { sender: RECIPIENT }));
      expect(await reasonOf({ waiting, funds: { deposit: 15n } })).to.equal(
        "its sender has 15 wei for all its winners, 16 wei are needed",
      );
    });

    it("puts it down to gas when the sender has enough, to the last wei", async () => {
      const one = [storedWinner(0n, { faceValue: 8n })];
      const two = [...one, storedWinner(1n, { faceValue: 8n })];
      for (const [waiting, deposit] of [
        [one, 8n],
        [two, 16n],
      ] as const)
        expect(await reasonOf({ waiting, funds: { deposit } })).to.equal("gas at 1 wei costs more than it brings");
      const others = [...one, storedWinner(1n, { sender: RECIPIENT })];
      expect(await reasonOf({ waiting: others, funds: { deposit: 8n } })).to.include("gas at 1 wei");
    });

    it("says that it does not know a sender", async () => {
      const waiting = [storedWinner(0n, { sender: RECIPIENT })];
      expect(await reasonOf({ waiting })).to.equal("what its sender has is not known");
    });
  });
});
