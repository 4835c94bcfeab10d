import { expect } from "chai";
import { bondAs, passRounds, toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  grown,
  inTwin,
  loadStage,
  look,
  LPT,
  ONE,
  passWindow,
  punish,
  roundLog,
  STAKE,
  wealthOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** {round} Of the test parameters. */
const PERIOD = 14n;
const KIND = { ownOld: 3n, ownYoung: 4n, commission: 6n };
const ROUND = FIRST + 1n;

describe("BondingManager.resign", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  /** It is the round after the first with rewards, and the orchestrator has stake, a commission, and stake that waits. */
  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.orchestrator);
    await toRound(p, ROUND);
    await passWindow(p);
    await bondAs(p, p.orchestrator, 3n * LPT, p.orchestrator);
  });

  const kindsOf = async (): Promise<bigint[]> => {
    const { lockCount } = await bonding.getDelegator(p.orchestrator);
    const ids = Array.from({ length: Number(lockCount) }, (_, id) => id);
    return Promise.all(ids.map(async (id) => (await bonding.getUnbondingLock(p.orchestrator, id)).kind));
  };

  it("reverts for who is not registered", async function () {
    await expect(bonding.connect(p.delegator).resign())
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("reverts for who has nothing to leave with, before it bonded and after it resigned", async function () {
    const refused = (who: typeof p.stranger) =>
      expect(bonding.connect(who).resign())
        .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
        .withArgs(0, 1);
    await bonding.connect(p.stranger).register(0, 0, 0);
    await refused(p.stranger);
    await bonding.resign();
    await refused(p.orchestrator);
    await toRound(p, ROUND + 1n);
    await refused(p.orchestrator);
  });

  it("pays what waits, locks stake and commission, and ends the activity with the next round", async function () {
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    const { stake: active } = await bonding.getDelegator(p.orchestrator);
    const { stake, total } = grown(totalStake - commission, await roundLog(p), totalStake);
    const own = (stake * active) / (totalStake - commission);
    const resign = () => bonding.resign();
    await inTwin(p, async () => {
      const paid = await bonding.resign.staticCall();
      expectNear(paid, 3n * LPT, 1n);
      const resigned = await resign();
      const { logs } = (await resigned.wait())!;
      const events = logs.map((log) => bonding.interface.parseLog(log)?.name).filter((name) => name !== undefined);
      expect(events.slice(0, 4)).to.deep.equal(["BondCancelled", "Unbonded", "Unbonded", "ActivityChanged"]);
      await expect(resigned)
        .to.emit(bonding, "BondCancelled")
        .withArgs(p.orchestrator.address, p.orchestrator.address, paid);
      await expect(resigned)
        .to.emit(bonding, "ActivityChanged")
        .withArgs(p.orchestrator.address, false, ROUND + 1n);
      await expect(resigned).to.changeTokenBalances(p.ethers, p.token, [p.orchestrator, bonding], [paid, -paid]);
      const locks = [0, 1].map((id) => bonding.getUnbondingLock(p.orchestrator, id));
      const [first, second] = await Promise.all(locks);
      expect([first!.kind, second!.kind]).to.deep.equal([KIND.ownOld, KIND.commission]);
      expect([first!.withdrawRound, second!.withdrawRound]).to.deep.equal([ROUND + PERIOD, ROUND + PERIOD]);
      expectNear(first!.amount, own, 2n);
      expect(second!.amount).to.equal(total - stake);
    });
    const changes = await changesBy(p, resign, { delegator: p.orchestrator });
    expect(changes).to.include({
      "orchestrator.activeNext": false,
      "orchestrator.active": false,
      "delegator.stake": 0n,
      "delegator.waiting": 0n,
      "delegator.lockCount": 2n,
    });
    await toRound(p, ROUND + 1n);
    const after = await bonding.getOrchestrator(p.orchestrator);
    expect([after.selfStake, after.commission]).to.deep.equal([0n, 0n]);
    expectNear(after.totalStake, stake - own, 3n);
  });

  it("is what unbond and unbondCommission do in two transactions, to the wei", async function () {
    const seen = async (act: () => Promise<unknown>) =>
      inTwin(p, async () => {
        await act();
        const [now, wealth] = [await look(p, { delegator: p.orchestrator }), await wealthOf(p, p.orchestrator)];
        await passRounds(p, 1n);
        await bonding.reward(p.orchestrator);
        return [now, wealth, await look(p, { delegator: p.delegator }), await kindsOf()];
      });
    const twice = await seen(async () => {
      const { stake, waiting } = await bonding.getDelegator(p.orchestrator);
      await bonding.unbond(stake + waiting);
      const { commission, totalStake } = await bonding.getOrchestrator(p.orchestrator);
      const after = grown(totalStake - commission, await roundLog(p), totalStake);
      await bonding.unbondCommission(after.total - after.stake);
    });
    expect(await seen(() => bonding.resign())).to.deep.equal(twice);
  });

  it("makes a lock for each generation, and adds to a commission that leaves already", async function () {
    await passRounds(p, 1n);
    await bonding.unbondCommission(LPT);
    const before = (await bonding.getUnbondingLock(p.orchestrator, 0)).amount;
    expect(before).to.equal(LPT);
    await bonding.resign();
    expect(await kindsOf()).to.deep.equal([KIND.commission, KIND.ownOld, KIND.ownYoung]);
    const { amount } = await bonding.getUnbondingLock(p.orchestrator, 0);
    expect(amount).to.be.greaterThan(LPT);
    await passRounds(p, 1n);
    expect((await bonding.getOrchestrator(p.orchestrator)).commission).to.equal(0);
  });

  it("takes stake without a commission, and a commission without stake", async function () {
    await bonding.connect(p.stranger).register(0, 0, 0);
    await bondAs(p, p.stranger, LPT, p.stranger);
    await expect(bonding.connect(p.stranger).resign()).to.changeTokenBalances(p.ethers, p.token, [p.stranger], [LPT]);
    expect((await bonding.getDelegator(p.stranger)).lockCount).to.equal(0);
    const { stake, waiting } = await bonding.getDelegator(p.orchestrator);
    await bonding.unbond(stake + waiting);
    await bonding.resign();
    expect(await kindsOf()).to.deep.equal([KIND.ownOld, KIND.commission]);
  });

  it("takes nothing from the delegators, which stay behind it and leave when they like", async function () {
    const delegator = () => bonding.getDelegator(p.delegator);
    const stayed = await inTwin(p, async () => {
      await toRound(p, ROUND + 1n);
      return delegator();
    });
    await bonding.resign();
    await toRound(p, ROUND + 1n);
    const left = await delegator();
    expectNear(left.stake, stayed.stake, 2n);
    expect(left.orchestrator).to.equal(p.orchestrator.address);
    await p.bonding.connect(p.delegator).unbond(left.stake);
    await toRound(p, ROUND + 1n + PERIOD);
    const withdrawn = p.bonding.connect(p.delegator).withdrawStake(0);
    await expect(withdrawn).to.changeTokenBalances(p.ethers, p.token, [p.delegator], [left.stake]);
  });

  it("leaves the orchestrator registered, with its number and commission, and it comes back with enough stake", async function () {
    const { rewardCut, feeShare } = await bonding.getOrchestrator(p.orchestrator);
    await bonding.resign();
    await toRound(p, ROUND + 1n);
    expect(await bonding.isActive(p.orchestrator)).to.equal(false);
    expect(await bonding.isRegistered(p.orchestrator)).to.equal(true);
    expect(await bonding.orchestratorsFrom(1, 1)).to.deep.equal([p.orchestrator.address]);
    await bondAs(p, p.orchestrator, STAKE, p.orchestrator);
    await toRound(p, ROUND + 2n);
    const back = await bonding.getOrchestrator(p.orchestrator);
    expect([back.active, back.rewardCut, back.feeShare]).to.deep.equal([true, rewardCut, feeShare]);
  });

  it("leaves it active where no own stake is asked for", async function () {
    await p.bonding.setParameters({ ...p.parameters.bonding, minimumSelfStake: 0 });
    await expect(bonding.resign()).not.to.emit(bonding, "ActivityChanged");
    expect((await bonding.getOrchestrator(p.orchestrator)).activeNext).to.equal(true);
  });

  it("can be done while bonding is paused, in jail and under dispute, which it does not escape (S5)", async function () {
    await p.bonding.pause();
    await punish(p, { fault: ROUND });
    expect((await bonding.getOrchestrator(p.orchestrator)).jailed).to.equal(true);
    await p.module.openDispute(CPU, p.orchestrator, ROUND);
    await bonding.resign();
    expect(await kindsOf()).to.deep.equal([KIND.ownOld, KIND.commission]);
    await p.module.closeDispute(CPU, p.orchestrator, ROUND);

    await passRounds(p, 1n);
    const { amount } = await bonding.getUnbondingLock(p.orchestrator, 0);
    expect(amount).to.be.greaterThan(0);
  });

  it("S5: what left with a resignation pays for the faults of its last round", async function () {
    await bonding.resign();
    await toRound(p, ROUND + 1n);
    const before = await Promise.all([0, 1].map((id) => bonding.getUnbondingLock(p.orchestrator, id)));
    await punish(p, { fault: ROUND, fraction: ONE / 2n });
    const after = await Promise.all([0, 1].map((id) => bonding.getUnbondingLock(p.orchestrator, id)));
    for (const [n, { amount }] of after.entries()) expectNear(amount, before[n]!.amount / 2n, 1n);
  });
});
