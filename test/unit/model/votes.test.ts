import { expect } from "chai";
import { PARAMETERS } from "../../properties/staking/twins.ts";
import { expectNear, LPT, refusal, Scene, WINDOW } from "./scene.ts";

describe("votes, as they are modelled", () => {
  it("of a round are what was at stake when it began, whatever came, left or was slashed in it or later", () => {
    const scene = new Scene();
    scene.staking.bond("D", 10_000n * LPT, "O");
    scene.nextRound();
    const { round } = scene;
    const stakes = { O: scene.staking.stakeOf("O"), D: scene.staking.stakeOf("D") };
    const commission = scene.staking.commissionOf("O");
    scene.staking.bond("comer", 10_000n * LPT, "O");
    scene.staking.unbond("D", scene.staking.stakeOf("D"));
    scene.punish("O", round);
    scene.passRounds(10n);
    const { staking } = scene;
    expectNear(staking.votesOf("O", round), stakes.O + stakes.D);
    expectNear(staking.balanceOf("O", round), stakes.O);
    expectNear(staking.balanceOf("D", round), stakes.D);
    expect(staking.balanceOf("comer", round)).to.equal(0n);
    expectNear(staking.totalSupplyAt(round), stakes.O + stakes.D + commission);
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

  it("are there again in the first round that earns, though nothing but that has changed", () => {
    const scene = new Scene();
    scene.punish("O", scene.round);
    scene.passRounds(PARAMETERS.jailPeriod);
    const { round, staking } = scene;
    staking.unjail("O");
    scene.passRounds(2n);
    expect(staking.votesOf("O", round)).to.equal(0n);
    expect(staking.votesOf("O", round + 1n) > 0n).to.equal(true);
    expectNear(staking.votesOf("O", round + 1n), staking.balanceOf("O", round + 1n), 0n);
  });

  it("of rounds in which nobody acted are those of the round after the last, whoever acts when, and asking changes nothing", () => {
    const scene = new Scene();
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.nextRound();
    const { round: last, staking } = scene;
    staking.bond("D", 500n * LPT, "O");
    scene.rounds.now = scene.rounds.startOf(last + 30n);
    const ask = (n: bigint) => [
      staking.votesOf("O", last + n),
      staking.balanceOf("D", last + n),
      staking.delegateOf("D", last + n),
      staking.totalSupplyAt(last + n),
    ];
    const asked = [0n, 1n, 2n, 15n, 29n].map(ask);
    expect(staking.balanceOf("D", last + 1n) >= staking.balanceOf("D", last) + 500n * LPT).to.equal(true);
    for (const later of asked.slice(2)) expect(later).to.deep.equal(asked[1]);
    expect(staking.pool("O").round).to.equal(last);
    expect(() => staking.emission.log(last + 30n)).to.throw(RangeError);
    scene.touch();
    expect([0n, 1n, 2n, 15n, 29n].map(ask)).to.deep.equal(asked);
    scene.passRounds(1n);
    expect(staking.votesOf("O", last + 30n) > staking.votesOf("O", last + 29n)).to.equal(true);
  });

  it("are the same for whom nobody touched for long, when somebody else acted meanwhile and when it is touched at last", () => {
    const scene = new Scene("P");
    scene.staking.bond("D", 1_000n * LPT, "O");
    const start = scene.round;
    const ask = () => [1n, 10n, 20n].map((n) => scene.staking.votesOf("O", start + n));
    for (const ahead of [10n, 20n, 30n]) {
      scene.rounds.now = scene.rounds.startOf(start + ahead);
      scene.staking.reward("P");
    }
    const asked = ask();
    expect(asked[0]! < asked[1]! && asked[1]! < asked[2]!).to.equal(true);
    scene.touch();
    expect(ask()).to.deep.equal(asked);
  });

  it("are not told of a round that is only that of an announced commission", () => {
    const scene = new Scene();
    scene.staking.bond("D", 1_000n * LPT, "O");
    scene.staking.setCommission("O", { rewardCut: 10n ** 18n, feeShare: 0n });
    const { round } = scene;
    scene.passRounds(20n);
    const [first, begins, later] = [1n, 3n, 19n].map((n) => scene.staking.balanceOf("D", round + n));
    expect(begins).to.equal(first);
    expect(later).to.equal(first);
    // Until it began the stake still grew.
    scene.passRounds(1n);
    expect(scene.staking.balanceOf("D", round + 20n) > first!).to.equal(true);
    expectNear(scene.staking.balanceOf("D", round + 20n), scene.staking.stakeOf("D"));
  });

  it("are none of a commission before it is bonded, though it is at stake", () => {
    const scene = new Scene();
    const { staking } = scene;
    scene.passRounds(30n, WINDOW);
    const { round } = scene;
    const commission = staking.commissionOf("O");
    staking.unbondCommission("O", commission);
    scene.nextRound(WINDOW);
    expect(commission > LPT).to.equal(true);
    expect(staking.votesOf("O", round)).to.equal(staking.balanceOf("O", round));
    expectNear(staking.totalSupplyAt(round) - staking.votesOf("O", round), commission);
    staking.rebond("O", 0, "O");
    scene.passRounds(2n);
    const bonded = scene.round - 1n;
    expect(staking.votesOf("O", bonded) >= staking.votesOf("O", round) + commission).to.equal(true);
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
