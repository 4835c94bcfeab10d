import { expect } from "chai";
import { expectNear, LPT, refusal, Scene, WINDOW } from "./scene.ts";

describe("votes, as they are modelled", () => {
  it("of a round are what was at stake when it began, whatever came, left or was slashed in it or later", () => {
    const scene = new Scene();
    scene.staking.bond("D", 10_000n * LPT, "O");
    scene.nextRound();
    const { round } = scene;
    const wealth = { O: scene.wealth("O"), D: scene.wealth("D") };
    scene.staking.bond("comer", 10_000n * LPT, "O");
    scene.staking.unbond("D", scene.staking.stakeOf("D"));
    scene.punish("O", round);
    scene.passRounds(10n);
    const { staking } = scene;
    expectNear(staking.votesOf("O", round), wealth.O + wealth.D);
    expectNear(staking.balanceOf("O", round), wealth.O);
    expectNear(staking.balanceOf("D", round), wealth.D);
    expect(staking.balanceOf("comer", round)).to.equal(0n);
    expectNear(staking.totalSupplyAt(round), wealth.O + wealth.D);
  });

  it("are a delegator's where it was, and nobody's in a round in which the orchestrator earned nothing", () => {
    const scene = new Scene("P");
    const start = scene.round;
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.nextRound(WINDOW);
    scene.staking.unbond("D", scene.staking.stakeOf("D"));
    scene.nextRound(WINDOW);
    scene.staking.rebond("D", 0, "P");
    scene.nextRound(1n);
    scene.punish("P", scene.round);
    scene.passRounds(2n);
    const behind = [0n, 1n, 2n, 3n, 4n].map((n) => scene.staking.delegateOf("D", start + n));
    expect(behind).to.deep.equal([null, "O", null, "P", "P"]);
    const votes = [0n, 1n, 2n, 3n, 4n].map((n) => scene.staking.balanceOf("D", start + n) > 0n);
    expect(votes).to.deep.equal([false, true, false, true, false]);
    expect(scene.staking.votesOf("P", start + 3n) > 0n).to.equal(true);
    expect(scene.staking.votesOf("P", start + 4n)).to.equal(0n);
  });

  it("are there in rounds in which nobody acted, before anybody acts again, and asking changes nothing", () => {
    const scene = new Scene();
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.nextRound();
    const last = scene.round;
    scene.rounds.now = scene.rounds.startOf(last + 30n);
    const ask = (n: bigint) => scene.staking.votesOf("O", last + n);
    const asked = [2n, 15n, 29n].map(ask);
    expect(ask(1n) < asked[0]! && asked[0]! < asked[1]! && asked[1]! < asked[2]!).to.equal(true);
    for (const [n, votes] of asked.entries()) {
      const round = last + [2n, 15n, 29n][n]!;
      const balances = scene.staking.balanceOf("O", round) + scene.staking.balanceOf("D", round);
      expect(balances <= votes).to.equal(true);
      expectNear(balances, votes);
      expectNear(scene.staking.totalSupplyAt(round), votes, 10_000n);
    }
    expect(scene.staking.pool("O").round).to.equal(last);
    expect(() => scene.staking.emission.log(last + 30n)).to.throw(RangeError);
    scene.touch();
    expect([2n, 15n, 29n].map(ask)).to.deep.equal(asked);
  });

  it("follow a commission that nobody has looked at since it began", () => {
    const scene = new Scene();
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.staking.setCommission("O", { rewardCut: 10n ** 18n, feeShare: 0n });
    const begins = scene.round + 3n;
    scene.rounds.now = scene.rounds.startOf(begins + 20n);
    const [at, later] = [begins, begins + 10n].map((round) => scene.staking.balanceOf("D", round));
    expect(at! > 1_000n * LPT).to.equal(true);
    expectNear(later!, at!);
  });

  it("are not known before the round is over, and there are none before the first", () => {
    const scene = new Scene();
    const { staking, round } = scene;
    for (const ask of [
      () => staking.votesOf("O", round),
      () => staking.balanceOf("O", round),
      () => staking.delegateOf("O", round),
      () => staking.totalSupplyAt(round),
    ])
      expect(refusal(ask)).to.equal("BondingManagerRoundNotOver");
    expect(staking.votesOf("nobody", round - 1n)).to.equal(0n);
    expect(staking.balanceOf("nobody", round - 1n)).to.equal(0n);
    expect(staking.totalSupplyAt(0n)).to.equal(0n);
  });
});
