import { expect } from "chai";
import { ONE } from "../../properties/staking/twins.ts";
import { expectNear, LPT, refusal, Scene, WINDOW } from "./scene.ts";

const ETH = ONE;

/** O with D, of 10,000 LPT each when they came, in a round of its own that is over: what it earned is `fees`. */
function earned(fees: bigint): { scene: Scene; round: bigint } {
  const scene = new Scene("P");
  scene.staking.bond("D", 10_000n * LPT, "O");
  scene.nextRound(WINDOW);
  const { round } = scene;
  scene.nextRound(WINDOW);
  scene.staking.addFees("O", round, fees);
  return { scene, round };
}

/** {wei ETH} What stake of `mine` gets of what is shared among `all`. */
function part(shared: bigint, mine: bigint, all: bigint): bigint {
  return (shared * mine) / all;
}

describe("fees, as they are modelled", () => {
  it("S3: fees go to the stake of the round that earned them: who has left since included, who came later not", () => {
    const scene = new Scene();
    scene.staking.bond("leaver", 10_000n * LPT, "O");
    scene.nextRound();
    const { round } = scene;
    const stakes = { O: scene.staking.stakeOf("O"), leaver: scene.staking.stakeOf("leaver") };
    scene.staking.unbond("leaver", stakes.leaver);
    scene.staking.bond("comer", 10_000n * LPT, "O");
    scene.passRounds(20n);
    scene.staking.withdrawStake("leaver", 0);
    scene.staking.addFees("O", round, 2n * ETH);
    const all = stakes.O + stakes.leaver;
    expectNear(scene.staking.withdrawFees("leaver"), part(ETH, stakes.leaver, all));
    expect(scene.staking.withdrawFees("comer")).to.equal(0n);
    expectNear(scene.staking.withdrawFees("O"), ETH + part(ETH, stakes.O, all));
    for (const who of ["leaver", "O"]) expect(scene.staking.withdrawFees(who)).to.equal(0n);
  });

  it("S3: fees are shared by the share in force in their round, however late they come", () => {
    const scene = new Scene();
    scene.staking.bond("D", 10_000n * LPT, "O");
    scene.nextRound();
    const first = scene.round;
    scene.staking.setCommission("O", { rewardCut: 0n, feeShare: 0n });
    // Nobody looks before all of it is over.
    scene.rounds.now = scene.rounds.startOf(first + 10n);
    const due: bigint[] = [];
    for (let round = first; round < first + 6n; round++) {
      scene.staking.addFees("O", round, ETH);
      due.push(scene.staking.withdrawFees("D"));
    }
    expect(due.map((each) => each > 0n)).to.deep.equal([true, true, true, false, false, false]);
  });

  it("S4: an announced fee share binds only the fees of later rounds", () => {
    const scene = new Scene();
    scene.staking.bond("D", 10_000n * LPT, "O");
    scene.nextRound();
    const announced = scene.round;
    scene.staking.setCommission("O", { rewardCut: ONE / 10n, feeShare: 0n });
    scene.passRounds(5n);
    const due: bigint[] = [];
    for (let round = announced; round < announced + 5n; round++) {
      scene.staking.addFees("O", round, ETH);
      due.push(scene.staking.withdrawFees("D"));
    }
    expect(due.slice(0, 3).every((each) => each > ETH / 5n)).to.equal(true);
    expect(due.slice(3)).to.deep.equal([0n, 0n]);
  });

  it("are what the stake of each round was worth, when a slash lies between them and one claim takes all", () => {
    const scene = new Scene();
    scene.staking.bond("before", 10_000n * LPT, "O");
    scene.nextRound();
    const fault = scene.round;
    scene.staking.bond("after", 10_000n * LPT, "O");
    scene.nextRound(1n);
    const stakes = [scene.staking.stakeOf("before"), scene.staking.stakeOf("after")];
    const whole = scene.staking.stakeOf("O") + stakes[0]! + stakes[1]!;
    scene.punish("O", fault);
    scene.nextRound(1n);
    const slashed = [scene.staking.stakeOf("before"), scene.staking.stakeOf("after")];
    const rest = scene.staking.stakeOf("O") + slashed[0]! + slashed[1]!;
    // 5 % of one was taken, and nothing of the other.
    expect(104n * slashed[0]! * stakes[1]! < 100n * slashed[1]! * stakes[0]!).to.equal(true);
    scene.nextRound();
    scene.staking.addFees("O", fault + 1n, 2n * ETH);
    scene.staking.addFees("O", fault + 2n, 20n * ETH);
    for (const [n, who] of ["before", "after"].entries()) {
      const due = part(ETH, stakes[n]!, whole) + part(10n * ETH, slashed[n]!, rest);
      // Of a round in which nobody touched the pool: stake is rounded, not units.
      expectNear(scene.staking.withdrawFees(who), due, 100n);
    }
  });

  it("are shared among as many units as there are after a slash in jail, which changes nothing else", () => {
    const scene = new Scene();
    scene.staking.openDispute("O", scene.round - 1n);
    scene.staking.slash("O", scene.round - 1n, ONE / 20n);
    scene.staking.closeDispute("O", scene.round - 1n);
    const fault = scene.round;
    scene.staking.bond("D", 10_000n * LPT, "O");
    scene.nextRound(1n);
    scene.punish("O", fault);
    scene.nextRound();
    const stakes = { O: scene.staking.stakeOf("O"), D: scene.staking.stakeOf("D") };
    scene.nextRound();
    scene.staking.addFees("O", scene.round - 1n, 2n * ETH);
    expectNear(scene.staking.withdrawFees("D"), part(ETH, stakes.D, stakes.O + stakes.D));
  });

  it("come round by round: in their order, each once, and none before the round is over", () => {
    const { scene, round } = earned(ETH);
    const add = (which: bigint) => refusal(() => scene.staking.addFees("O", which, ETH));
    expect(add(round)).to.equal("BondingManagerRoundClosed");
    expect(add(round - 1n)).to.equal("BondingManagerRoundClosed");
    expect(add(scene.round)).to.equal("BondingManagerRoundNotOver");
    const close = (before: bigint) => refusal(() => scene.staking.closeFees("O", before));
    expect(close(scene.round + 1n)).to.equal("BondingManagerRoundNotOver");
    expect(close(scene.round)).to.equal("none");
    expect(close(round)).to.equal("none");
    expect(scene.staking.pool("O").fees.before).to.equal(scene.round);
  });

  it("can be taken up to a round, and the rest later", () => {
    const { scene, round } = earned(2n * ETH);
    scene.nextRound();
    scene.staking.addFees("O", round + 1n, 20n * ETH);
    expect(scene.staking.withdrawFees("D", round)).to.equal(0n);
    const first = scene.staking.withdrawFees("D", round + 1n);
    expect(first > 0n && first < ETH).to.equal(true);
    expect(scene.staking.withdrawFees("D", round + 1n)).to.equal(0n);
    expect(scene.staking.withdrawFees("D") > first * 9n).to.equal(true);
  });

  it("of a second orchestrator wait until the first has handed over all rounds of the delegator", () => {
    const { scene, round } = earned(2n * ETH);
    scene.staking.unbond("D", scene.staking.stakeOf("D"));
    scene.nextRound(WINDOW);
    const left = scene.round;
    scene.staking.rebond("D", 0, "P");
    scene.passRounds(2n);
    scene.staking.addFees("P", left + 1n, 2n * ETH);
    const first = scene.staking.withdrawFees("D");
    expect(first > 0n && first < ETH).to.equal(true);
    scene.staking.closeFees("O", left - 1n);
    expect(scene.staking.withdrawFees("D")).to.equal(0n);
    scene.staking.closeFees("O", left);
    const second = scene.staking.withdrawFees("D");
    expect(second > 0n && second < ETH).to.equal(true);
    expect(scene.staking.account("D").claimedBefore).to.equal(left + 2n);
    expect(round < left).to.equal(true);
  });

  it("of a round without stake are the orchestrator's, and it takes them at once with what it keeps", () => {
    const scene = new Scene();
    scene.staking.register("N", { rewardCut: 0n, feeShare: ONE }, 0n);
    scene.passRounds(2n);
    scene.staking.addFees("N", scene.round - 2n, ETH);
    scene.staking.addFees("N", scene.round - 1n, ETH);
    expect(scene.staking.withdrawFees("N")).to.equal(2n * ETH);
    expect(scene.staking.withdrawFees("N")).to.equal(0n);
  });
});
