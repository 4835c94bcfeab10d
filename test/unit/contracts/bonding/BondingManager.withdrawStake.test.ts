import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import { afterSlash, changesBy, expectNear, FIRST, inTwin, loadStage, LPT, punish } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {round} Of the test parameters. */
const PERIOD = 14n;

describe("BondingManager.withdrawStake", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  /** The delegator has two locks, of 1 and of 2 LPT when they were made. */
  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.delegator);
    await bonding.unbond(LPT);
    await bonding.unbond(2n * LPT);
  });

  it("reverts without such a lock: of another number, another's, or withdrawn", async function () {
    await expect(bonding.withdrawStake(2))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.delegator.address, 2);
    await expect(bonding.connect(p.orchestrator).withdrawStake(0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.orchestrator.address, 0);
    await toRound(p, FIRST + PERIOD);
    await bonding.withdrawStake(0);
    await expect(bonding.withdrawStake(0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.delegator.address, 0);
  });

  it("reverts before its round, whatever the parameter is by then", async function () {
    await p.bonding.setParameters({ ...p.parameters.bonding, unbondingPeriod: 1 });
    await toRound(p, FIRST + PERIOD - 1n);
    await expect(bonding.withdrawStake(0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerWithdrawTooEarly")
      .withArgs(FIRST + PERIOD - 1n, FIRST + PERIOD);
    await toRound(p, FIRST + PERIOD);
    await bonding.withdrawStake(0);
  });

  it("pays what the lock is worth, even when paused and under dispute, whether the pool was touched since or not", async function () {
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    await p.bonding.pause();
    await toRound(p, FIRST + PERIOD);
    await inTwin(p, async () => {
      await expect(bonding.withdrawStake(0)).to.changeTokenBalances(p.ethers, p.token, [p.delegator], [amount]);
    });
    await p.module.openDispute(CPU, p.orchestrator, FIRST + PERIOD);
    expect(await bonding.withdrawStake.staticCall(0)).to.equal(amount);
    const held = await p.token.balanceOf(bonding);
    const changes = await changesBy(p, async () => {
      await expect(bonding.withdrawStake(0))
        .to.emit(bonding, "StakeWithdrawn")
        .withArgs(p.delegator.address, 0, amount);
    });
    expect(changes).to.deep.equal({ held: held - amount, owned: amount });
    expect(await bonding.getUnbondingLock(p.delegator, 0)).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n]);
  });

  it("leaves the other locks of the round what they were worth", async function () {
    await toRound(p, FIRST + PERIOD);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 1);
    await bonding.withdrawStake(0);
    expect((await bonding.getUnbondingLock(p.delegator, 1)).amount).to.be.within(amount, amount + 1n);
    await bonding.withdrawStake(1);
    await bonding.connect(p.orchestrator).unbond(LPT);
  });

  it("pays the last one to come, too, though everybody left in the same round", async function () {
    for (const who of [p.delegator, p.orchestrator, p.rival]) {
      await bonding.connect(who).unbond((await bonding.getDelegator(who)).stake);
    }
    await toRound(p, FIRST + PERIOD);
    for (const who of [p.rival, p.delegator, p.orchestrator]) {
      const { lockCount } = await bonding.getDelegator(who);
      for (let lock = 0n; lock < lockCount; lock++) await bonding.connect(who).withdrawStake(lock);
    }
    for (const who of [p.orchestrator, p.rival]) {
      const { commission } = await bonding.getOrchestrator(who);
      await bonding.connect(who).unbondCommission(commission);
    }
    expect(await p.token.balanceOf(p.delegator)).to.be.greaterThan(10_000n * LPT);
  });

  it("S5: a slash takes its part of a lock, and the rest is paid in the lock's round", async function () {
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    await punish(p, { fault: FIRST });
    await toRound(p, FIRST + PERIOD);
    const paid = await bonding.withdrawStake.staticCall(0);
    expectNear(paid, afterSlash(amount), 2n);
    await expect(bonding.withdrawStake(0)).to.changeTokenBalances(p.ethers, p.token, [p.delegator], [paid]);
  });
});
