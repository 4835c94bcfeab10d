import { expect } from "chai";
import { toRound } from "../../../fixtures/protocol.ts";
import { changesBy, expectNear, FIRST, grown, inTwin, loadStage, LPT, roundLog } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {round} Of the test parameters. */
const PERIOD = 14n;
const COMMISSION = 6n;
const ROUND = FIRST + 1n;

describe("BondingManager.unbondCommission", function () {
  let p: Stage;
  let bonding: Stage["bonding"];
  /** {wei LPT} When the round ends. */
  let after: bigint;

  /** It is the round after the first with rewards. */
  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.orchestrator);
    await toRound(p, ROUND);
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    const { stake, total } = grown(totalStake - commission, await roundLog(p), totalStake);
    after = total - stake;
    expect(after).to.be.greaterThan(commission);
  });

  it("reverts for nothing", async function () {
    await expect(bonding.connect(p.delegator).unbondCommission(0)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerZeroAmount",
    );
  });

  it("reverts for who is not registered", async function () {
    await expect(bonding.connect(p.delegator).unbondCommission(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("reverts for more than it will be when the round ends, in one call or two", async function () {
    await expect(bonding.unbondCommission(after + 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(after, after + 1n);
    await bonding.unbondCommission(after - LPT);
    await expect(bonding.unbondCommission(LPT + 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(LPT, LPT + 1n);
    await bonding.unbondCommission(LPT);
  });

  it("puts it into a lock, even when paused", async function () {
    await p.bonding.pause();
    const { nextTotalStake } = await bonding.getOrchestrator(p.orchestrator);
    const [, next] = await bonding.totalActiveStake();
    const unbond = () => bonding.unbondCommission(LPT);
    await inTwin(p, async () => {
      const unbonded = await unbond();
      await expect(unbonded)
        .to.emit(bonding, "Unbonded")
        .withArgs(p.orchestrator.address, p.orchestrator.address, 0, COMMISSION, LPT, 0, ROUND + PERIOD);
      await expect(unbonded).to.changeTokenBalances(p.ethers, p.token, [p.orchestrator, bonding], [0, 0]);
    });
    expect(await changesBy(p, unbond, { delegator: p.orchestrator })).to.deep.equal({
      "orchestrator.nextTotalStake": nextTotalStake - LPT,
      "delegator.lockCount": 1n,
      next: next - LPT,
    });
    expect(await bonding.getUnbondingLock(p.orchestrator, 0)).to.deep.equal([
      p.orchestrator.address,
      LPT,
      ROUND,
      ROUND + PERIOD,
      COMMISSION,
    ]);
  });

  it("leaves the commission when the round ends, and the delegators' stake alone", async function () {
    const delegator = await inTwin(p, async () => {
      await toRound(p, ROUND + 1n);
      return bonding.getDelegator(p.delegator);
    });
    await bonding.unbondCommission(LPT);
    await toRound(p, ROUND + 1n);
    expectNear((await bonding.getOrchestrator(p.orchestrator)).commission, after - LPT, 1n);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal(delegator);
    expect((await bonding.getUnbondingLock(p.orchestrator, 0)).amount).to.equal(LPT);
  });

  it("adds to the lock of the same round, and makes another one in the next", async function () {
    await bonding.unbondCommission(LPT);
    await bonding.unbond(LPT);
    await expect(bonding.unbondCommission(2n * LPT))
      .to.emit(bonding, "Unbonded")
      .withArgs(p.orchestrator.address, p.orchestrator.address, 0, COMMISSION, 2n * LPT, 0, ROUND + PERIOD);
    await toRound(p, ROUND + 1n);
    await bonding.unbondCommission(4n * LPT);
    const locks = await Promise.all([0, 1, 2].map((lock) => bonding.getUnbondingLock(p.orchestrator, lock)));
    expect([locks[0]!.amount, locks[2]!.amount]).to.deep.equal([3n * LPT, 4n * LPT]);
    expect([locks[0]!.kind, locks[1]!.kind, locks[2]!.kind]).to.deep.equal([COMMISSION, 3n, COMMISSION]);
    expect((await bonding.getDelegator(p.orchestrator)).lockCount).to.equal(3);
  });

  it("ends the activity of an orchestrator without enough of its own", async function () {
    const { stake } = await bonding.getDelegator(p.orchestrator);
    await expect(bonding.unbond(stake)).not.to.emit(bonding, "ActivityChanged");
    await expect(bonding.unbondCommission(after))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, false, ROUND + 1n);
  });

  it("can be withdrawn when the unbonding period is over, and bonded again before", async function () {
    await bonding.unbondCommission(LPT);
    await inTwin(p, async () => {
      await toRound(p, ROUND + PERIOD);
      await expect(bonding.withdrawStake(0)).to.changeTokenBalances(p.ethers, p.token, [p.orchestrator], [LPT]);
    });
    await toRound(p, ROUND + 2n);
    await bonding.rebond(0, p.orchestrator);
    expectNear((await bonding.getDelegator(p.orchestrator)).waiting, LPT, 1n);
  });
});
