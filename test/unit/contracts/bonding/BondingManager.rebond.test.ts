import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  inTwin,
  loadStage,
  LPT,
  MINIMUM_POSITION,
  ONE,
  passWindow,
  punish,
  STAKE,
  stakeOf,
  toSecond,
  WINDOW,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

describe("BondingManager.rebond", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  /** The delegator has a lock of half of its stake. It is the round in which that left. */
  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.delegator);
    await bonding.unbond(STAKE / 2n);
  });

  it("reverts when paused", async function () {
    await toRound(p, FIRST + 2n);
    await p.bonding.pause();
    await expect(bonding.rebond(0, p.orchestrator)).to.be.revertedWithCustomError(bonding, "EnforcedPause");
  });

  it("reverts without such a lock: of another number, another's, or used up", async function () {
    await expect(bonding.rebond(1, p.stranger))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.delegator.address, 1);
    await expect(bonding.connect(p.rival).rebond(0, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.rival.address, 0);
    await toRound(p, FIRST + 2n);
    await bonding.rebond(0, p.orchestrator);
    await expect(bonding.rebond(0, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.delegator.address, 0);
  });

  it("reverts when nobody of that address is registered", async function () {
    await toRound(p, FIRST + 2n);
    for (const to of [p.stranger.address, ZeroAddress]) {
      await expect(bonding.rebond(0, to))
        .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
        .withArgs(to);
    }
  });

  it("reverts while the orchestrator that it left has open disputes", async function () {
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await expect(bonding.rebond(0, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerDisputed")
      .withArgs(p.orchestrator.address, 1);
    await toRound(p, FIRST + 10n);
    await expect(bonding.rebond(0, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerDisputed")
      .withArgs(p.orchestrator.address, 1);
  });

  it("reverts while faults of its last round can be challenged", async function () {
    const { timestamp } = (await p.ethers.provider.getBlock("latest"))!;
    await p.networkHelpers.time.setNextBlockTimestamp(timestamp + 1);
    await expect(bonding.rebond(0, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerStillLiable")
      .withArgs(timestamp + 1, (await p.rounds.roundStart(FIRST + 1n)) + WINDOW);
    await toRound(p, FIRST + 1n);
    const until = (await p.rounds.roundStart(FIRST + 1n)) + WINDOW;
    await toSecond(p, WINDOW - 1n);
    await expect(bonding.rebond(0, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerStillLiable")
      .withArgs(until - 1n, until);
    await toSecond(p, WINDOW);
    await bonding.rebond(0, p.orchestrator);
  });

  it("reverts for a lock that is worth less than 0.01 LPT", async function () {
    await bonding.unbond(MINIMUM_POSITION / 2n);
    await toRound(p, FIRST + 2n);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 1);
    await expect(bonding.rebond(1, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerAmountTooSmall")
      .withArgs(amount, MINIMUM_POSITION);
  });

  it("reverts behind an orchestrator with open disputes", async function () {
    await toRound(p, FIRST + 2n);
    await p.module.openDispute(CPU, p.rival, FIRST + 2n);
    await expect(bonding.rebond(0, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerDisputed")
      .withArgs(p.rival.address, 1);
  });

  it("reverts behind another than the caller stands behind", async function () {
    await toRound(p, FIRST + 2n);
    await expect(bonding.rebond(0, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.orchestrator.address, p.rival.address);
    await bonding.unbond((await bonding.getDelegator(p.delegator)).stake);
    await bonding.rebond(0, p.rival);
  });

  it("reverts where the units are worth too little", async function () {
    for (let round = FIRST + 2n; round < FIRST + 16n; round++) {
      await toRound(p, round);
      await punish(p, { orchestrator: p.rival, fault: round, fraction: ONE / 2n });
    }
    await bondAs(p, p.stranger, 1_000_000n * LPT, p.orchestrator);
    await toRound(p, FIRST + 17n);
    await bonding.connect(p.stranger).unbond((await bonding.getDelegator(p.stranger)).stake);
    await toRound(p, FIRST + 19n);
    await expect(bonding.connect(p.stranger).rebond(0, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerPoolWorthless")
      .withArgs(p.rival.address);
  });

  it("bonds all of it again behind the same orchestrator, from the next round on", async function () {
    await toRound(p, FIRST + 1n);
    await passWindow(p);
    await bonding.reward(p.orchestrator);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    const { nextTotalStake } = await bonding.getOrchestrator(p.orchestrator);
    const [, next] = await bonding.totalActiveStake();
    const rebond = () => bonding.rebond(0, p.orchestrator);
    await inTwin(p, async () => {
      const rebonded = await rebond();
      await expect(rebonded).to.emit(bonding, "Rebonded").withArgs(p.delegator.address, 0, amount);
      const [bonded] = await bonding.queryFilter(bonding.filters.Bonded(), rebonded.blockNumber!);
      const [delegator, orchestrator, told, , fromRound] = bonded!.args;
      expect([delegator, orchestrator, told, fromRound]).to.deep.equal([
        p.delegator.address,
        p.orchestrator.address,
        amount,
        FIRST + 2n,
      ]);
      await expect(rebonded).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [0, 0]);
    });
    expect(await changesBy(p, rebond)).to.deep.equal({
      "orchestrator.nextTotalStake": nextTotalStake + amount,
      "delegator.waiting": amount,
      next: next + amount,
    });
    expect(await bonding.getUnbondingLock(p.delegator, 0)).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n]);
  });

  it("bonds it behind another orchestrator, of the last moment on which the pool was touched or later", async function () {
    await bonding.unbond(STAKE - STAKE / 2n);
    await toRound(p, FIRST + 1n);
    await passWindow(p);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    const total = await inTwin(p, async () => {
      await bonding.reward(p.orchestrator);
      return (await bonding.getOrchestrator(p.orchestrator)).totalStake;
    });
    await bonding.rebond(0, p.rival);
    const { orchestrator, stake, waiting } = await bonding.getDelegator(p.delegator);
    expect([orchestrator, stake, waiting]).to.deep.equal([p.rival.address, 0n, amount]);
    expect((await bonding.getOrchestrator(p.orchestrator)).totalStake).to.equal(total);
    await toRound(p, FIRST + 2n);
    expectNear(await stakeOf(p, p.delegator), amount, 1n);
  });

  it("can take back at once what it has bonded again: it waits like any other stake", async function () {
    await toRound(p, FIRST + 2n);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    await bonding.rebond(0, p.orchestrator);
    await expect(bonding.unbond(amount)).to.changeTokenBalances(
      p.ethers,
      p.token,
      [p.delegator, bonding],
      [amount, -amount],
    );
  });
});
