import { expect } from "chai";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { FIRST, loadStage, LPT, punish } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

describe("BondingManager.pause", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
  });

  it("reverts for anybody but governance, as its end does", async function () {
    for (const method of ["pause", "unpause"] as const) {
      await expect(bonding.connect(p.stranger)[method]())
        .to.be.revertedWithCustomError(bonding, "AccessManagedUnauthorized")
        .withArgs(p.stranger.address);
    }
  });

  it("reverts when it holds already, and its end when it does not", async function () {
    await expect(bonding.unpause()).to.be.revertedWithCustomError(bonding, "ExpectedPause");
    await bonding.pause();
    await expect(bonding.pause()).to.be.revertedWithCustomError(bonding, "EnforcedPause");
  });

  it("stops register, bond and rebond until it ends", async function () {
    await bonding.connect(p.delegator).unbond(LPT);
    await toRound(p, FIRST + 2n);
    await expect(bonding.pause()).to.emit(bonding, "Paused").withArgs(p.deployer.address);
    expect(await bonding.paused()).to.equal(true);
    for (const stopped of [
      () => bonding.connect(p.stranger).register(0, 0, 0),
      () => bonding.connect(p.delegator).bond(LPT, p.orchestrator),
      () => bonding.connect(p.delegator).rebond(0, p.orchestrator),
    ]) {
      await expect(stopped()).to.be.revertedWithCustomError(bonding, "EnforcedPause");
    }
    await expect(bonding.unpause()).to.emit(bonding, "Unpaused").withArgs(p.deployer.address);
    await bonding.connect(p.stranger).register(0, 0, 0);
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await bonding.connect(p.delegator).rebond(0, p.orchestrator);
  });

  it("stops nothing else: who is in can get out, and who is at fault pays", async function () {
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await bonding.pause();
    await bonding.connect(p.delegator).unbond(2n * LPT);
    await bonding.connect(p.orchestrator).setCommission(0, 0);
    await bonding.reward(p.orchestrator);
    await punish(p, { fault: FIRST });
    await toRound(p, FIRST + 7n);
    await bonding.connect(p.orchestrator).unjail();
    await bonding.connect(p.orchestrator).unbondCommission(1);
    await bonding.connect(p.orchestrator).resign();
    await toRound(p, FIRST + 14n);
    await bonding.connect(p.delegator).withdrawStake(0);
    await bonding.pullFees(p.orchestrator, 1);
    await bonding.connect(p.delegator).withdrawFees(p.delegator, 1);
    await bonding.setParameters(p.parameters.bonding);
    expect(await p.token.balanceOf(p.delegator)).to.be.greaterThan(LPT);
  });
});
