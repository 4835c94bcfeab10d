import { expect } from "chai";
import { ONE } from "../../properties/staking/twins.ts";
import { afterSlash, expectNear, FRACTION, LPT, Scene, WINDOW } from "./scene.ts";

/** The ids of the locks that all of somebody's active stake goes into. */
function leave({ staking }: Scene, who: string): number[] {
  return staking.unbond(who, staking.stakeOf(who)).locks.map(({ id }) => id);
}

describe("cohorts, as they are modelled", () => {
  it("keep old stake and two young generations of one round apart", () => {
    const scene = new Scene();
    const { staking } = scene;
    staking.bond("D", 1_000n * LPT, "O");
    scene.nextRound(WINDOW);
    const fault = scene.round;
    staking.bond("D", 1_000n * LPT, "O");
    scene.nextRound();
    // Bonded before the dispute is opened, in the same round: the second generation for which it asks.
    staking.bond("D", 1_000n * LPT, "O");
    staking.openDispute("O", fault);
    scene.nextRound();
    staking.openDispute("O", fault + 1n);
    expect(leave(scene, "D")).to.deep.equal([0, 1, 2]);
    scene.nextRound();
    const values = () => [0, 1, 2].map((id) => staking.lockValue("D", id));
    const before = values();
    staking.slash("O", fault, FRACTION);
    const once = values();
    expectNear(once[0]!, afterSlash(before[0]!));
    expect(once.slice(1)).to.deep.equal(before.slice(1));
    staking.slash("O", fault + 1n, FRACTION);
    const twice = values();
    expectNear(twice[0]!, afterSlash(once[0]!));
    expectNear(twice[1]!, afterSlash(once[1]!));
    expect(twice[2]).to.equal(once[2]);
  });

  it("of the round in which the slash comes are slashed with the pool, what is the orchestrator's as its own", () => {
    const scene = new Scene();
    const { staking } = scene;
    staking.bond("D", 10_000n * LPT, "O");
    scene.passRounds(3n);
    const before = scene.wealth("O");
    staking.unbond("O", staking.stakeOf("O") / 2n);
    staking.unbondCommission("O", staking.commissionOf("O") / 2n);
    const locks = () => [0, 1].map((id) => staking.lockValue("O", id));
    const [stake, commission] = locks();
    const { bounty } = scene.punish("O", scene.round);
    expectNear(bounty, (before * FRACTION) / ONE / 2n);
    const [slashedStake, slashedCommission] = locks();
    expectNear(slashedStake!, afterSlash(stake!));
    expectNear(slashedCommission!, afterSlash(commission!));
  });

  it("leave the pool as many units as stay, when a scarred generation grew old after a part of it had left", () => {
    const scene = new Scene();
    const { staking } = scene;
    const fault = scene.round;
    for (const who of ["leaver", "stayer"]) staking.bond(who, 1_000n * LPT, "O");
    scene.nextRound(1n);
    staking.openDispute("O", fault);
    staking.slash("O", fault, FRACTION);
    leave(scene, "leaver");
    staking.closeDispute("O", fault);
    scene.rounds.now += WINDOW;
    scene.touch();
    expect(staking.pool("O").units.young.size).to.equal(0);
    const before = staking.stakeOf("stayer");
    scene.nextRound();
    // Nothing grows in jail but what this round earned.
    const pool = staking.pool("O");
    const units = ["O", "stayer"].map((who) => pool.count(staking.account(who).units));
    expectNear(pool.units.old, units[0]! + units[1]!, 2n);
    expect(staking.stakeOf("stayer") >= before).to.equal(true);
  });
});
