import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  grown,
  inTwin,
  loadStage,
  LPT,
  MINIMUM_POSITION,
  ONE,
  passWindow,
  punish,
  roundLog,
  STAKE,
  stakeOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const ALL = 2n * STAKE;
/** {round} Of the test parameters. */
const PERIOD = 14n;
const KIND = { old: 0n, young: 1n, secondYoung: 2n, ownOld: 3n, ownYoung: 4n };

describe("BondingManager.unbond", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.delegator);
  });

  it("reverts for nothing", async function () {
    await expect(bonding.connect(p.stranger).unbond(0)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerZeroAmount",
    );
  });

  it("reverts for who stands behind nobody", async function () {
    await expect(bonding.connect(p.stranger).unbond(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(0, 1);
  });

  it("reverts for more than there is, active and waiting", async function () {
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await expect(bonding.unbond(STAKE + LPT + 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(STAKE + LPT, STAKE + LPT + 1n);
    await bonding.unbond(STAKE + LPT);
    await expect(bonding.unbond(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(0, 1);
  });

  it("reverts for an orchestrator without stake", async function () {
    await p.bonding.connect(p.stranger).register(0, 0, 0);
    await expect(bonding.connect(p.stranger).unbond(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(0, 1);
  });

  it("reverts when less than 0.01 LPT would stay, other than nothing", async function () {
    for (const left of [1n, MINIMUM_POSITION - 1n]) {
      await expect(bonding.unbond(STAKE - left))
        .to.be.revertedWithCustomError(bonding, "BondingManagerRemainderTooSmall")
        .withArgs(left, MINIMUM_POSITION);
    }
    await bonding.unbond(STAKE - MINIMUM_POSITION);
    await bonding.unbond(MINIMUM_POSITION);
  });

  it("puts active stake into a lock, worth what it will be when the round ends", async function () {
    await passWindow(p);
    const { stake, total } = grown(ALL, await roundLog(p));
    const [, next] = await bonding.totalActiveStake();
    const leaving = (LPT * stake) / ALL;
    const unbond = () => bonding.unbond(LPT);
    await inTwin(p, async () => {
      expect(await bonding.unbond.staticCall(LPT)).to.equal(0);
      const unbonded = await unbond();
      await expect(unbonded)
        .to.emit(bonding, "Unbonded")
        .withArgs(p.delegator.address, p.orchestrator.address, 0, KIND.old, leaving, LPT, FIRST + PERIOD);
      await expect(unbonded).not.to.emit(bonding, "BondCancelled");
      await expect(unbonded).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [0, 0]);
    });
    expect(await changesBy(p, unbond)).to.deep.equal({
      "orchestrator.nextTotalStake": total - leaving,
      "delegator.stake": STAKE - LPT,
      "delegator.lockCount": 1n,
      next: next - leaving,
    });
    expect(await bonding.getUnbondingLock(p.delegator, 0)).to.deep.equal([
      p.orchestrator.address,
      leaving,
      FIRST,
      FIRST + PERIOD,
      KIND.old,
    ]);
    await toRound(p, FIRST + 1n);
    expect((await bonding.getUnbondingLock(p.delegator, 0)).amount).to.equal(leaving);
    expectNear((await bonding.getOrchestrator(p.orchestrator)).totalStake, total - leaving, 1n);
  });

  it("tells an orchestrator's own stake and young stake apart", async function () {
    await bonding.unbond(LPT);
    await bonding.connect(p.orchestrator).unbond(LPT);
    await passWindow(p);
    await bonding.connect(p.orchestrator).unbond(LPT);
    const kinds = [
      await bonding.getUnbondingLock(p.delegator, 0),
      await bonding.getUnbondingLock(p.orchestrator, 0),
      await bonding.getUnbondingLock(p.orchestrator, 1),
    ].map(({ kind }) => kind);
    expect(kinds).to.deep.equal([KIND.young, KIND.ownYoung, KIND.ownOld]);
  });

  it("pays what is not active yet at once", async function () {
    await bondAs(p, p.delegator, 3n * LPT, p.orchestrator);
    const { nextTotalStake } = await bonding.getOrchestrator(p.orchestrator);
    const [, next] = await bonding.totalActiveStake();
    const unbond = () => bonding.unbond(LPT);
    await inTwin(p, async () => {
      expect(await bonding.unbond.staticCall(LPT)).to.equal(LPT);
      const unbonded = await unbond();
      await expect(unbonded)
        .to.emit(bonding, "BondCancelled")
        .withArgs(p.delegator.address, p.orchestrator.address, LPT);
      await expect(unbonded).not.to.emit(bonding, "Unbonded");
      await expect(unbonded).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [LPT, -LPT]);
    });
    const { "delegator.waiting": waiting, ...changes } = await changesBy(p, unbond);
    expectNear(waiting as bigint, 2n * LPT, 1n);
    expect(changes).to.deep.equal({
      "orchestrator.nextTotalStake": nextTotalStake - LPT,
      next: next - LPT,
      held: 3n * STAKE + 2n * LPT,
      owned: LPT,
    });
  });

  it("takes what waits first, and the rest out of what is active", async function () {
    await bondAs(p, p.delegator, 3n * LPT, p.orchestrator);
    expect(await bonding.unbond.staticCall(5n * LPT)).to.equal(3n * LPT);
    const unbonded = await bonding.unbond(5n * LPT);
    await expect(unbonded).to.emit(bonding, "BondCancelled").and.to.emit(bonding, "Unbonded");
    const { stake, waiting, lockCount } = await bonding.getDelegator(p.delegator);
    expect([stake, waiting, lockCount]).to.deep.equal([STAKE - 2n * LPT, 0n, 1n]);
    expect(await p.token.balanceOf(p.delegator)).to.equal(3n * LPT);
  });

  it("makes a lock of each kind of stake, oldest first", async function () {
    await toRound(p, FIRST + 1n);
    await bondAs(p, p.delegator, 5n * LPT, p.orchestrator);
    await toRound(p, FIRST + 2n);
    await bondAs(p, p.delegator, 7n * LPT, p.orchestrator);
    // Keeps both young generations told apart.
    await p.module.openDispute(CPU, p.orchestrator, FIRST + 1n);
    await toRound(p, FIRST + 3n);
    const { stake } = await bonding.getDelegator(p.delegator);
    await bonding.unbond(stake);
    const locks = await Promise.all([0, 1, 2].map((lock) => bonding.getUnbondingLock(p.delegator, lock)));
    expect(locks.map(({ kind }) => kind)).to.deep.equal([KIND.old, KIND.young, KIND.secondYoung]);
    expect(locks[0]!.amount).to.be.greaterThan(STAKE);
    // They have grown by less than half: a round and two.
    expect(locks[1]!.amount).to.be.within(5n * LPT, (15n * LPT) / 2n);
    expect(locks[2]!.amount).to.be.within(7n * LPT, (21n * LPT) / 2n);
    expect((await bonding.getDelegator(p.delegator)).lockCount).to.equal(3);
    expect((await bonding.getUnbondingLock(p.delegator, 3)).orchestrator).to.equal(ZeroAddress);
  });

  it("takes nothing of young stake as long as there is old", async function () {
    await passWindow(p);
    await bondAs(p, p.delegator, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bonding.unbond(STAKE);
    expect((await bonding.getDelegator(p.delegator)).lockCount).to.equal(1);
    expect((await bonding.getUnbondingLock(p.delegator, 0)).kind).to.equal(KIND.old);
    await bonding.unbond(STAKE / 2n);
    const kinds = [1, 2].map(async (lock) => (await bonding.getUnbondingLock(p.delegator, lock)).kind);
    expect(await Promise.all(kinds)).to.deep.equal([KIND.old, KIND.young]);
  });

  it("leaves who takes all but a part of its youngest stake where it stands", async function () {
    bonding = bonding.connect(p.stranger);
    await bondAs(p, p.stranger, 5n * LPT, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bondAs(p, p.stranger, 7n * LPT, p.orchestrator);
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 2n);
    const { stake } = await bonding.getDelegator(p.stranger);
    await bonding.unbond(stake - 3n * LPT);
    const locks = await Promise.all([0, 1].map((lock) => bonding.getUnbondingLock(p.stranger, lock)));
    expect(locks.map(({ kind }) => kind)).to.deep.equal([KIND.young, KIND.secondYoung]);
    expectNear(await stakeOf(p, p.stranger), 3n * LPT, 2n);
    const worth = grown(3n * LPT, await roundLog(p)).stake;
    await toRound(p, FIRST + 3n);
    const { orchestrator, stake: left } = await bonding.getDelegator(p.stranger);
    expect(orchestrator).to.equal(p.orchestrator.address);
    expectNear(left, worth, 4n);
    await bonding.unbond(left);
    expect((await bonding.getDelegator(p.stranger)).orchestrator).to.equal(ZeroAddress);
  });

  it("lets young stake leave in whose round the window of challenge ends, whoever touches the pool after it", async function () {
    await bonding.unbond(LPT);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    await passWindow(p);
    await bonding.reward(p.orchestrator);
    await bonding.unbond(LPT);
    await toRound(p, FIRST + 1n);
    await bonding.reward(p.orchestrator);
    const { stake } = await bonding.getDelegator(p.delegator);
    expectNear((await bonding.getUnbondingLock(p.delegator, 0)).amount, amount, 1n);
    expectNear(stake + 2n * amount, await stakeOf(p, p.orchestrator), 4n);
    await toRound(p, FIRST + PERIOD);
    await bonding.withdrawStake(0);
  });

  it("takes the units that leave from their own generation, though another has come since", async function () {
    await bonding.unbond(LPT);
    await passWindow(p);
    await bondAs(p, p.stranger, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    expectNear(await stakeOf(p, p.stranger), STAKE, 2n);
    const { totalStake, selfStake } = await bonding.getOrchestrator(p.orchestrator);
    const sum = selfStake + (await stakeOf(p, p.delegator)) + (await stakeOf(p, p.stranger));
    expectNear(sum, totalStake, 4n);
  });

  it("lets who takes everything bond elsewhere at once, and no other", async function () {
    await inTwin(p, async () => {
      await bonding.unbond(STAKE - LPT);
      await expect(bonding.bond(LPT, p.rival)).to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere");
    });
    await bonding.unbond(STAKE);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal([ZeroAddress, 0n, 0n, 1n, 0n]);
    await bondAs(p, p.delegator, LPT, p.rival);
    expect((await bonding.getDelegator(p.delegator)).orchestrator).to.equal(p.rival.address);
  });

  it("leaves units that wait and are worth nothing by rounding, until they are taken back with others", async function () {
    const [first, second] = [p.others[1]!, p.others[2]!];
    await bondAs(p, first, STAKE, p.rival);
    // After three halves, a wei are some eight units.
    for (let fault = FIRST; fault < FIRST + 3n; fault++) {
      if (fault > FIRST) await toRound(p, fault);
      await punish(p, { orchestrator: p.rival, fault, fraction: ONE / 2n });
    }
    await toRound(p, FIRST + 4n);
    await bondAs(p, second, LPT, p.rival);
    await bondAs(p, first, LPT, p.rival);
    bonding = bonding.connect(first);
    const { stake } = await bonding.getDelegator(first);
    await bonding.unbond(LPT - 1n);
    expect((await bonding.getDelegator(first)).waiting).to.equal(0);
    await bonding.unbond(stake);
    expect(await bonding.getDelegator(first)).to.deep.equal([p.rival.address, 0n, 0n, 1n, 0n]);
    const { amount, kind } = await bonding.getUnbondingLock(first, 0);
    expect([amount, kind]).to.deep.equal([stake, KIND.old]);

    await bondAs(p, first, LPT, p.rival);
    await bonding.unbond((await bonding.getDelegator(first)).waiting);
    expect((await bonding.getDelegator(first)).orchestrator).to.equal(ZeroAddress);
  });

  it("ends the activity of an orchestrator that falls below a minimum, from the next round on, even when paused", async function () {
    await p.bonding.pause();
    const { stake } = grown(ALL, await roundLog(p));
    // Of its own, 500 LPT have to be there when the round ends, commission included.
    const own = (await bonding.getOrchestrator(p.orchestrator)).nextTotalStake - stake;
    const units = STAKE - ((500n * LPT - own) * ALL) / stake;
    const orchestrator = bonding.connect(p.orchestrator);
    await inTwin(p, () => expect(orchestrator.unbond(units - LPT)).not.to.emit(bonding, "ActivityChanged"));
    await expect(orchestrator.unbond(units + LPT))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, false, FIRST + 1n);
    const { active, activeNext } = await bonding.getOrchestrator(p.orchestrator);
    expect([active, activeNext, await bonding.isActive(p.orchestrator)]).to.deep.equal([false, false, false]);
  });

  it("ends it by a delegator's exit as well, when all that is left falls below the minimum", async function () {
    await passWindow(p);
    const { stake, total } = grown(ALL, await roundLog(p));
    const left = total - (LPT * stake) / ALL;
    const raise = (minimumStake: bigint) => p.bonding.setParameters({ ...p.parameters.bonding, minimumStake });
    await inTwin(p, async () => {
      await raise(left);
      await expect(bonding.unbond(LPT)).not.to.emit(bonding, "ActivityChanged");
    });
    await raise(left + 1n);
    const rival = (await bonding.getOrchestrator(p.rival)).nextTotalStake;
    await expect(bonding.unbond(LPT))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, false, FIRST + 1n);
    expectNear((await bonding.totalActiveStake())[1], rival, 2n);
  });

  it("S2: rewards of the round stay with who leaves in it", async function () {
    await bonding.unbond(STAKE);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    expect(amount).to.be.greaterThan(STAKE);
    // The orchestrator's own, which stays, is worth as much when the round ends.
    await toRound(p, FIRST + 1n);
    expectNear((await bonding.getDelegator(p.orchestrator)).stake, amount, 1n);
  });
});
