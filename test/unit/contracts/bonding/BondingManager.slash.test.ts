import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { bondAs, passRounds, toRound } from "../../../fixtures/protocol.ts";
import { CPU, GPU } from "../../../fixtures/registry.ts";
import {
  afterSlash,
  changesBy,
  expectNear,
  FIRST,
  FRACTION,
  grown,
  inTwin,
  loadStage,
  LPT,
  ONE,
  passWindow,
  punish,
  roundLog,
  STAKE,
  stakeOf,
  wealthOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const ALL = 2n * STAKE;
/** {round} Of the test parameters. */
const JAIL = 7n;
/** {wei LPT} What the few steps of a slash may round, of one claim. */
const DUST = 10n;

describe("BondingManager.slash", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
  });

  const open = (fault = FIRST) => p.module.openDispute(CPU, p.orchestrator, fault);
  const slash = (fault = FIRST, fraction = FRACTION) =>
    p.module.slash(CPU, p.orchestrator, fault, fraction, p.stranger);
  const wealth = (...whose: HardhatEthersSigner[]) => Promise.all(whose.map((who) => wealthOf(p, who)));

  it("reverts for anybody but the module of the service in that round", async function () {
    const module = await p.module.getAddress();
    await expect(bonding.slash(CPU, p.orchestrator, FIRST, 0, ZeroAddress))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
      .withArgs(p.deployer.address, module);
    await expect(p.module.slash(GPU, p.orchestrator, FIRST, 0, ZeroAddress))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
      .withArgs(module, ZeroAddress);
  });

  it("reverts for nothing, and for more than a half", async function () {
    for (const fraction of [0n, ONE / 2n + 1n]) {
      await expect(p.module.slash(CPU, p.stranger, FIRST, fraction, ZeroAddress))
        .to.be.revertedWithCustomError(bonding, "BondingManagerFractionOutOfBounds")
        .withArgs(fraction, ONE / 2n);
    }
  });

  it("reverts when the zero address is to get the bounty", async function () {
    await expect(p.module.slash(CPU, p.stranger, FIRST, FRACTION, ZeroAddress)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerZeroReceiver",
    );
  });

  it("reverts for who is not registered", async function () {
    await expect(p.module.slash(CPU, p.stranger, FIRST, FRACTION, p.stranger))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.stranger.address);
  });

  it("reverts without an open dispute about that round", async function () {
    await open();
    await expect(slash(FIRST - 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotDisputed")
      .withArgs(p.orchestrator.address, FIRST - 1n);
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await expect(slash())
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotDisputed")
      .withArgs(p.orchestrator.address, FIRST);
  });

  it("S5: a slash happens once for a round, whatever service it is about", async function () {
    await open();
    await open();
    await slash();
    await expect(slash())
      .to.be.revertedWithCustomError(bonding, "BondingManagerSlashed")
      .withArgs(p.orchestrator.address, FIRST);
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await expect(slash()).to.be.revertedWithCustomError(bonding, "BondingManagerSlashed");
    await open(FIRST - 1n);
    await slash(FIRST - 1n);
  });

  it("takes its fraction, pays the bounty and the treasury, and jails, even when paused", async function () {
    const log = await roundLog(p);
    await open();
    await bonding.pause();
    const [loss, own] = [ALL / 20n, STAKE / 20n];
    const result = await p.module.slash.staticCall(CPU, p.orchestrator, FIRST, FRACTION, p.stranger);
    expect([...result]).to.deep.equal([loss, own / 2n]);
    await inTwin(p, async () => {
      const slashed = await slash();
      await expect(slashed)
        .to.emit(bonding, "Slashed")
        .withArgs(p.orchestrator.address, FIRST, FRACTION, loss, own / 2n, p.stranger.address, FIRST + JAIL);
      await expect(slashed)
        .to.emit(bonding, "ActivityChanged")
        .withArgs(p.orchestrator.address, false, FIRST + 1n);
      await expect(slashed).to.changeTokenBalances(
        p.ethers,
        p.token,
        [bonding, p.stranger, p.treasury, p.orchestrator],
        [-loss, own / 2n, loss - own / 2n, 0],
      );
    });
    const rival = (await bonding.getOrchestrator(p.rival)).nextTotalStake;
    const { next: next, ...changes } = await changesBy(p, () => slash());
    expectNear(next as bigint, rival, DUST);
    expect(changes).to.deep.equal({
      "orchestrator.totalStake": ALL - loss,
      "orchestrator.selfStake": STAKE - own,
      "orchestrator.nextTotalStake": grown(ALL - loss, log).total,
      "orchestrator.active": false,
      "orchestrator.activeNext": false,
      "orchestrator.jailed": true,
      "orchestrator.jailedUntil": FIRST + JAIL,
      "delegator.stake": STAKE - own,
      held: 3n * STAKE - loss,
    });
    expect(await bonding.isActive(p.orchestrator)).to.equal(false);
  });

  it("takes a half at most, of which the delegators' part is no bounty", async function () {
    await open();
    await slash(FIRST, ONE / 2n);
    expect(await stakeOf(p, p.delegator)).to.equal(STAKE / 2n);
    expect(await p.token.balanceOf(p.stranger)).to.equal(STAKE / 4n);
  });

  it("jails for a fault of a round in which nothing was active, and takes nothing", async function () {
    await open(FIRST - 1n);
    await expect(slash(FIRST - 1n))
      .to.emit(bonding, "Slashed")
      .withArgs(p.orchestrator.address, FIRST - 1n, FRACTION, 0, 0, p.stranger.address, FIRST + JAIL);
    expect((await bonding.getOrchestrator(p.orchestrator)).jailed).to.equal(true);
    expectNear(await stakeOf(p, p.delegator), STAKE, DUST);
  });

  it("S5: a slash takes its fraction of the orchestrator's stake, commission and delegators alike", async function () {
    await toRound(p, FIRST + 5n);
    const [orchestrator, delegator] = await wealth(p.orchestrator, p.delegator);
    const { commission } = await bonding.getOrchestrator(p.orchestrator);
    expect(commission).to.be.greaterThan(LPT);
    const { loss, bounty } = await punish(p, { fault: FIRST + 5n });
    const [orchestratorAfter, delegatorAfter] = await wealth(p.orchestrator, p.delegator);
    expectNear(orchestratorAfter!, afterSlash(orchestrator!), DUST);
    expectNear(delegatorAfter!, afterSlash(delegator!), DUST);
    expectNear(loss, ((orchestrator! + delegator!) * FRACTION) / ONE, DUST);
    expectNear(bounty, (orchestrator! * FRACTION) / ONE / 2n, DUST);
    expectNear((await bonding.getOrchestrator(p.orchestrator)).commission, afterSlash(commission), DUST);
  });

  it("S5: a slash reaches stake that is on its way out, and only what left after the fault", async function () {
    await bondAs(p, p.others[1]!, STAKE, p.orchestrator);
    await bonding.connect(p.delegator).unbond(STAKE);
    await toRound(p, FIRST + 1n);
    await bonding.connect(p.others[1]).unbond(await stakeOf(p, p.others[1]!));
    const fault = FIRST + 1n;
    await toRound(p, fault + 1n);
    const [early, late] = await wealth(p.delegator, p.others[1]!);
    await punish(p, { fault });
    const [earlyAfter, lateAfter] = await wealth(p.delegator, p.others[1]!);
    expect(earlyAfter).to.equal(early);
    expectNear(lateAfter!, afterSlash(late!), DUST);
  });

  it("S5: a slash reaches stake that leaves in the round in which it happens", async function () {
    await bonding.connect(p.delegator).unbond(STAKE / 2n);
    const { amount } = await bonding.getUnbondingLock(p.delegator, 0);
    await punish(p, { fault: FIRST });
    expectNear((await bonding.getUnbondingLock(p.delegator, 0)).amount, afterSlash(amount), DUST);
    await toRound(p, FIRST + 1n);
    expectNear((await bonding.getUnbondingLock(p.delegator, 0)).amount, afterSlash(amount), DUST);
    expectNear(await stakeOf(p, p.delegator), afterSlash(amount), DUST);
  });

  it("S5: a slash reaches a lock until it is withdrawn, while a dispute of its time is open", async function () {
    await bonding.connect(p.delegator).unbond(STAKE);
    await open();
    const { amount, withdrawRound } = await bonding.getUnbondingLock(p.delegator, 0);
    await toRound(p, withdrawRound);
    await slash();
    const { amount: left } = await bonding.getUnbondingLock(p.delegator, 0);
    expectNear(left, afterSlash(amount), DUST);
    await expect(bonding.connect(p.delegator).withdrawStake(0)).to.changeTokenBalances(
      p.ethers,
      p.token,
      [p.delegator],
      [left],
    );
  });

  it("S5: a slash spares stake that became active after the fault, whenever it was bonded", async function () {
    const [during, afterwards] = [p.others[1]!, p.others[2]!];
    await bondAs(p, during, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bondAs(p, afterwards, STAKE, p.orchestrator);
    const before = await wealth(p.delegator, during, afterwards);
    await punish(p, { fault: FIRST });
    const [old, ...spared] = await wealth(p.delegator, during, afterwards);
    expectNear(old!, afterSlash(before[0]!), DUST);
    expectNear(spared[0]!, before[1]!, DUST);
    expectNear(spared[1]!, before[2]!, DUST);
    await toRound(p, FIRST + 2n);
    expectNear(await stakeOf(p, afterwards), STAKE, DUST);
  });

  it("S5: a slash spares it from several faults, judged in any order and in one round", async function () {
    await toRound(p, FIRST + 1n);
    await bondAs(p, p.others[1]!, STAKE, p.orchestrator);
    await open(FIRST);
    await open(FIRST + 1n);
    await toRound(p, FIRST + 2n);
    const before = await wealth(p.delegator, p.others[1]!);
    await slash(FIRST + 1n);
    await slash(FIRST, ONE / 2n);
    const [old, spared] = await wealth(p.delegator, p.others[1]!);
    expectNear(old!, afterSlash(afterSlash(before[0]!), ONE / 2n), DUST);
    expectNear(spared!, before[1]!, DUST);
    for (const fault of [FIRST, FIRST + 1n]) await p.module.closeDispute(CPU, p.orchestrator, fault);
    expectNear(await wealthOf(p, p.others[1]!), before[1]!, DUST);
  });

  it("S5: a slash spares it from several faults, judged in rounds apart", async function () {
    const young = p.others[1]!;
    await toRound(p, FIRST + 1n);
    await bondAs(p, young, STAKE, p.orchestrator);
    await open(FIRST);
    await open(FIRST + 1n);
    await toRound(p, FIRST + 2n);
    const before = await wealth(p.delegator, young);
    await slash(FIRST + 1n);
    await toRound(p, FIRST + 3n);
    await slash(FIRST, ONE / 2n);
    await toRound(p, FIRST + 4n);
    const [old, spared] = await wealth(p.delegator, young);
    // They grew in the one round before the jail.
    expect(spared).to.be.within(before[1]!, (before[1]! * 11n) / 10n);
    expectNear(old! * before[1]!, afterSlash(afterSlash(before[0]!), ONE / 2n) * spared!, DUST * before[0]!);
  });

  it("S5: a slash lets young stake leave that grows old before the round ends", async function () {
    const young = p.others[1]!;
    await bondAs(p, young, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await punish(p, { fault: FIRST, fraction: ONE / 2n });
    const before = await wealth(p.delegator, young);
    await bonding.connect(young).unbond(STAKE / 4n);
    const { amount } = await bonding.getUnbondingLock(young, 0);
    await passWindow(p);
    await bonding.reward(p.orchestrator);
    await inTwin(p, async () => {
      await toRound(p, FIRST + 2n);
      await bonding.reward(p.orchestrator);
      expect((await bonding.getUnbondingLock(young, 0)).amount).to.equal(amount);
      const after = await wealth(p.delegator, young);
      // They grew in the round that has ended.
      expect(after[1]).to.be.within(before[1]!, (before[1]! * 11n) / 10n);
      expectNear(after[1]! * before[0]!, after[0]! * before[1]!, DUST * before[1]!);
    });
    await punish(p, { fault: FIRST + 1n });
    const after = await wealth(p.delegator, young);
    expectNear((await bonding.getUnbondingLock(young, 0)).amount, afterSlash(amount), DUST);
    expectNear(after[0]!, afterSlash(before[0]!), DUST);
  });

  it("S5: a slash lets young stake leave at once and still pay for the faults of its own time alone", async function () {
    const young = p.others[1]!;
    await bondAs(p, young, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await open(FIRST);
    await bonding.connect(young).unbond(await stakeOf(p, young));
    await toRound(p, FIRST + 2n);
    const before = await wealthOf(p, young);
    await slash(FIRST);
    expectNear(await wealthOf(p, young), before, DUST);
    await punish(p, { fault: FIRST + 1n });
    expectNear(await wealthOf(p, young), afterSlash(before), DUST);
  });

  it("S5: a slash pays the bounty from the orchestrator's own exits as well, commission included", async function () {
    await toRound(p, FIRST + 1n);
    const orchestrator = bonding.connect(p.orchestrator);
    await orchestrator.unbond(await stakeOf(p, p.orchestrator));
    await orchestrator.unbondCommission(LPT);
    await toRound(p, FIRST + 2n);
    const before = await wealthOf(p, p.orchestrator);
    const { bounty } = await punish(p, { fault: FIRST + 1n });
    expectNear(bounty, (before * FRACTION) / ONE / 2n, DUST);
    expectNear(await wealthOf(p, p.orchestrator), afterSlash(before), DUST);
  });

  it("S5: a slash pays no bounty from the orchestrator's own stake that became active after the fault", async function () {
    await bondAs(p, p.orchestrator, STAKE, p.orchestrator);
    await toRound(p, FIRST + 1n);
    const orchestrator = bonding.connect(p.orchestrator);
    await orchestrator.unbond((await stakeOf(p, p.orchestrator)) - LPT);
    const { amount: old } = await bonding.getUnbondingLock(p.orchestrator, 0);
    const { amount: young } = await bonding.getUnbondingLock(p.orchestrator, 1);
    const { commission } = await bonding.getOrchestrator(p.orchestrator);
    const delegator = await stakeOf(p, p.delegator);
    const { bounty } = await punish(p, { fault: FIRST });
    // What was active in the round of the fault is as much as the delegator's.
    expectNear(bounty, ((delegator + commission) * FRACTION) / ONE / 2n, DUST);
    expectNear((await bonding.getUnbondingLock(p.orchestrator, 0)).amount, afterSlash(old), DUST);
    expectNear((await bonding.getUnbondingLock(p.orchestrator, 1)).amount, young, DUST);
  });

  it("S5: a slash reaches everybody where all have left in the round of the fault", async function () {
    await passWindow(p);
    for (const who of [p.delegator, p.orchestrator]) await bonding.connect(who).unbond(STAKE);
    await toRound(p, FIRST + 1n);
    const { commission } = await bonding.getOrchestrator(p.orchestrator);
    const [orchestrator, delegator] = await wealth(p.orchestrator, p.delegator);
    const { loss, bounty } = await punish(p, { fault: FIRST });
    expectNear(loss, ((orchestrator! + delegator!) * FRACTION) / ONE, DUST);
    expectNear(bounty, (orchestrator! * FRACTION) / ONE / 2n, DUST);
    const after = await wealth(p.orchestrator, p.delegator);
    expectNear(after[0]!, afterSlash(orchestrator!), DUST);
    expectNear(after[1]!, afterSlash(delegator!), DUST);
    expectNear((await bonding.getOrchestrator(p.orchestrator)).commission, afterSlash(commission), DUST);
  });

  it("takes nothing twice of commission that leaves in the round", async function () {
    await toRound(p, FIRST + 3n);
    const { commission } = await bonding.getOrchestrator(p.orchestrator);
    await bonding.connect(p.orchestrator).unbondCommission(commission);
    await punish(p, { fault: FIRST + 3n });
    expectNear((await bonding.getUnbondingLock(p.orchestrator, 0)).amount, afterSlash(commission), DUST);
    const { commission: left } = await bonding.getOrchestrator(p.orchestrator);
    expectNear(left, afterSlash(commission), DUST);
  });

  it("spares what waits: it can be taken back whole", async function () {
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await punish(p, { fault: FIRST });
    const { stake, waiting } = await bonding.getDelegator(p.delegator);
    expectNear(waiting, LPT, DUST);
    expectNear(stake, afterSlash(STAKE), DUST);
    expect(await bonding.connect(p.delegator).unbond.staticCall(waiting)).to.equal(waiting);
  });

  it("leaves every other orchestrator's stake alone", async function () {
    const before = await bonding.getOrchestrator(p.rival);
    await punish(p, { fault: FIRST });
    expect(await bonding.getOrchestrator(p.rival)).to.deep.equal(before);
  });

  it("S7: all that can be claimed after slashes is there", async function () {
    const everybody = [p.orchestrator, p.delegator, p.rival, p.others[1]!, p.others[2]!];
    await bondAs(p, p.others[1]!, STAKE / 7n, p.orchestrator);
    await toRound(p, FIRST + 1n);
    await bonding.connect(p.delegator).unbond(STAKE / 3n);
    await bondAs(p, p.others[2]!, STAKE / 11n, p.orchestrator);
    await open(FIRST);
    await toRound(p, FIRST + 2n);
    await bonding.connect(p.others[1]).unbond(LPT);
    await slash(FIRST, ONE / 3n);
    await punish(p, { fault: FIRST + 2n, fraction: ONE / 2n });
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await passRounds(p, 3n);
    await bonding.reward(p.orchestrator);
    await bonding.reward(p.rival);
    const claims = (await wealth(...everybody)).reduce((sum, one) => sum + one, 0n);
    expect(claims).to.be.at.most(await p.token.balanceOf(bonding));
  });

  describe("with an allowance of faults", function () {
    /** {round} Within which they are counted. */
    const PERIOD = 5n;

    const allow = (faultAllowance: number) =>
      bonding.setParameters({ ...p.parameters.bonding, faultAllowance, faultPeriod: PERIOD });
    /** Whether the fault was forgiven. */
    async function judge(fault: bigint): Promise<boolean> {
      const { loss } = await punish(p, { fault });
      return loss === 0n;
    }

    it("takes nothing for a forgiven fault and jails nobody, and judges it once", async function () {
      await allow(1);
      await open();
      expect([...(await p.module.slash.staticCall(CPU, p.orchestrator, FIRST, FRACTION, p.stranger))]).to.deep.equal([
        0n,
        0n,
      ]);
      const changes = await changesBy(p, async () => {
        const slashed = await slash();
        await expect(slashed)
          .to.emit(bonding, "FaultForgiven")
          .withArgs(p.orchestrator.address, FIRST)
          .and.not.to.emit(bonding, "Slashed");
      });
      expect(changes).to.deep.equal({});
      await expect(slash()).to.be.revertedWithCustomError(bonding, "BondingManagerSlashed");
    });

    it("slashes the next one within the period, and forgives again after it", async function () {
      await allow(1);
      expect(await judge(FIRST)).to.equal(true);
      await toRound(p, FIRST + PERIOD - 1n);
      await inTwin(p, async () => expect(await judge(FIRST + PERIOD - 1n)).to.equal(false));
      await toRound(p, FIRST + PERIOD);
      expect(await judge(FIRST + PERIOD)).to.equal(true);
    });

    it("forgives two faults a period apart in either order", async function () {
      await allow(1);
      await open();
      await toRound(p, FIRST + PERIOD);
      expect(await judge(FIRST + PERIOD)).to.equal(true);
      await expect(slash()).to.emit(bonding, "FaultForgiven");
    });

    it("counts an earlier fault that is judged later, too", async function () {
      await allow(1);
      await toRound(p, FIRST + 1n);
      expect(await judge(FIRST + 1n)).to.equal(true);
      expect(await judge(FIRST)).to.equal(false);
    });

    it("forgives an earlier fault that is judged later, but lies further back than the period", async function () {
      await allow(1);
      await open();
      await toRound(p, FIRST + PERIOD + 1n);
      expect(await judge(FIRST + PERIOD + 1n)).to.equal(true);
      await expect(slash()).to.emit(bonding, "FaultForgiven").withArgs(p.orchestrator.address, FIRST);
    });

    it("forgives as many as it says: none to three", async function () {
      for (const allowance of [0, 1, 2, 3]) {
        await inTwin(p, async () => {
          await allow(allowance);
          const forgiven: boolean[] = [];
          for (let n = 0n; n < 4n; n++) {
            if (n > 0n) await toRound(p, FIRST + n);
            forgiven.push(await judge(FIRST + n));
          }
          expect(forgiven).to.deep.equal([0, 1, 2, 3].map((n) => n < allowance));
        });
      }
    });
  });

  it("lets a pool that lost everything that was active take stake again", async function () {
    await passWindow(p);
    for (const who of [p.delegator, p.orchestrator]) {
      await bonding.connect(who).unbond((await bonding.getDelegator(who)).stake);
    }
    await punish(p, { fault: FIRST, fraction: ONE / 2n });
    await toRound(p, FIRST + 1n);
    await bondAs(p, p.orchestrator, STAKE, p.orchestrator);
    await toRound(p, FIRST + 2n);
    // What rounding left in the pool is at most a wei for each who left.
    expect(await stakeOf(p, p.orchestrator)).to.be.within(STAKE, STAKE + 2n);
  });
});
