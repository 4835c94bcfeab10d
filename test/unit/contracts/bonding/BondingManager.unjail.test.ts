import { expect } from "chai";
import { passRounds, toRound } from "../../../fixtures/protocol.ts";
import { changesBy, FIRST, loadStage, punish, STAKE, stakeOf } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {round} Of the test parameters. */
const JAIL = 7n;

describe("BondingManager.unjail", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.orchestrator);
  });

  it("reverts for who is not registered", async function () {
    await expect(bonding.connect(p.delegator).unjail())
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("reverts out of jail", async function () {
    await expect(bonding.unjail())
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotJailed")
      .withArgs(p.orchestrator.address);
  });

  it("reverts before the jail period is over, which a second slash begins anew", async function () {
    await punish(p, { fault: FIRST });
    await toRound(p, FIRST + JAIL - 1n);
    await expect(bonding.unjail())
      .to.be.revertedWithCustomError(bonding, "BondingManagerJailed")
      .withArgs(FIRST + JAIL - 1n, FIRST + JAIL);
    await punish(p, { fault: FIRST + JAIL - 1n });
    await toRound(p, FIRST + JAIL);
    await expect(bonding.unjail())
      .to.be.revertedWithCustomError(bonding, "BondingManagerJailed")
      .withArgs(FIRST + JAIL, FIRST + 2n * JAIL - 1n);
  });

  it("makes it active from the next round on, even when paused", async function () {
    await punish(p, { fault: FIRST });
    await p.bonding.pause();
    await toRound(p, FIRST + JAIL);
    const { nextTotalStake } = await bonding.getOrchestrator(p.orchestrator);
    const [, next] = await bonding.totalActiveStake();
    const changes = await changesBy(p, async () => {
      const unjailed = await bonding.unjail();
      await expect(unjailed).to.emit(bonding, "Unjailed").withArgs(p.orchestrator.address);
      await expect(unjailed)
        .to.emit(bonding, "ActivityChanged")
        .withArgs(p.orchestrator.address, true, FIRST + JAIL + 1n);
    });
    expect(changes).to.deep.equal({
      "orchestrator.jailed": false,
      "orchestrator.activeNext": true,
      next: next + nextTotalStake,
    });
    expect(await bonding.isActive(p.orchestrator)).to.equal(false);
    await passRounds(p, 1n);
    expect(await bonding.isActive(p.orchestrator)).to.equal(true);
  });

  it("S5: a slash ends rewards with its round, until the orchestrator is out of jail and a round has begun", async function () {
    await punish(p, { fault: FIRST });
    await toRound(p, FIRST + 1n);
    const fixed = await stakeOf(p, p.delegator);
    await toRound(p, FIRST + JAIL + 5n);
    expect(await stakeOf(p, p.delegator)).to.equal(fixed);
    await bonding.unjail();
    await passRounds(p, 1n);
    expect(await stakeOf(p, p.delegator)).to.equal(fixed);
    await passRounds(p, 1n);
    expect(await stakeOf(p, p.delegator)).to.be.greaterThan(fixed);
  });

  it("does not make it active where its stake is too small by now", async function () {
    await punish(p, { fault: FIRST });
    const { stake } = await bonding.getDelegator(p.orchestrator);
    await bonding.unbond(stake);
    await toRound(p, FIRST + JAIL);
    const unjailed = await bonding.unjail();
    await expect(unjailed).to.emit(bonding, "Unjailed");
    await expect(unjailed).not.to.emit(bonding, "ActivityChanged");
    expect((await bonding.getOrchestrator(p.orchestrator)).nextTotalStake).to.be.greaterThan(STAKE / 2n);
  });
});
