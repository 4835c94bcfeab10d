import { expect } from "chai";
import { logGrowth } from "../../../../sim/model/staking/growth.ts";
import { passRounds, toRound } from "../../../fixtures/protocol.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  grown,
  inTwin,
  loadStage,
  LPT,
  roundLog,
  STAKE,
  wealthOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const ALL = 2n * STAKE;

describe("BondingManager.reward", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.stranger);
  });

  it("reverts for who is not registered", async function () {
    await expect(bonding.reward(p.delegator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("begins the round: mints what the last one had settled, and settles its own", async function () {
    const log = await roundLog(p);
    const [stakers, treasury] = await p.minter.settledMint();
    await toRound(p, FIRST + 1n);
    const active = 3n * STAKE + stakers;
    const rewarded = await bonding.reward(p.orchestrator);
    await expect(rewarded).to.changeTokenBalances(p.ethers, p.token, [bonding, p.treasury], [stakers, treasury]);
    const [next] = await p.minter.settledMint();
    await expect(rewarded)
      .to.emit(bonding, "RoundBegun")
      .withArgs(FIRST + 1n, active, next, log);
    expect(await bonding.totalActiveStake()).to.deep.equal([active, active + next]);
    await expect(bonding.reward(p.rival)).not.to.emit(bonding, "RoundBegun");
  });

  it("brings a pool to the round once, and shares the growth by the reward cut", async function () {
    const { stake, total } = grown(ALL, await roundLog(p));
    await toRound(p, FIRST + 1n);
    await expect(bonding.reward(p.orchestrator))
      .to.emit(bonding, "Rewarded")
      .withArgs(p.orchestrator.address, FIRST + 1n, stake, total);
    await expect(bonding.reward(p.orchestrator)).not.to.emit(bonding, "Rewarded");

    const { totalStake, selfStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    expect([totalStake, commission]).to.deep.equal([total, total - stake]);
    expect(selfStake).to.equal(stake / 2n + total - stake);
    expect((await bonding.getDelegator(p.delegator)).stake).to.equal(stake / 2n);
  });

  it("keeps a tenth of the rewards for the orchestrator, up to the second order", async function () {
    await toRound(p, FIRST + 1n);
    const [, rewards] = [await bonding.reward(p.orchestrator), await bonding.getOrchestrator(p.orchestrator)];
    const all = rewards.totalStake - ALL;
    expectNear(rewards.commission, all / 10n, all / 100n);
  });

  it("changes nothing that the views have told, and nothing within a round", async function () {
    await toRound(p, FIRST + 5n);
    const before = await bonding.getOrchestrator(p.orchestrator);
    const delegator = await bonding.getDelegator(p.delegator);
    await bonding.reward(p.orchestrator);
    expect(await bonding.getOrchestrator(p.orchestrator)).to.deep.equal(before);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal(delegator);
    expect(await changesBy(p, () => bonding.reward(p.orchestrator))).to.deep.equal({});
  });

  it("works while bonding is paused", async function () {
    await p.bonding.pause();
    await toRound(p, FIRST + 1n);
    await expect(bonding.reward(p.orchestrator)).to.emit(bonding, "Rewarded");
  });

  it("makes a raised minimum bind from the next round on, and a lowered one again", async function () {
    const { bonding: parameters } = p.parameters;
    await p.bonding.setParameters({ ...parameters, minimumStake: 100_000n * LPT });
    expect((await bonding.getOrchestrator(p.orchestrator)).activeNext).to.equal(true);
    await expect(bonding.reward(p.orchestrator))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, false, FIRST + 1n);
    const { active, activeNext } = await bonding.getOrchestrator(p.orchestrator);
    expect([active, activeNext, await bonding.isActive(p.orchestrator)]).to.deep.equal([false, false, false]);

    await p.bonding.setParameters(parameters);
    await expect(bonding.reward(p.orchestrator))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, true, FIRST + 1n);
    expect(await bonding.isActive(p.orchestrator)).to.equal(true);
  });

  it("S6: rewards accrue without any call: 60 idle rounds are worth the same as 60 calls", async function () {
    const lazy = await inTwin(p, async () => {
      await passRounds(p, 60n);
      return Promise.all([p.orchestrator, p.delegator, p.rival].map((who) => wealthOf(p, who)));
    });
    for (let n = 0; n < 60; n++) {
      await passRounds(p, 1n);
      await bonding.reward(p.orchestrator);
    }
    // A wei for each call, which grows as all stake does: by less than 50 here.
    for (const [i, who] of [p.orchestrator, p.delegator, p.rival].entries()) {
      expectNear(await wealthOf(p, who), lazy[i]!, 60n * 2n * 50n);
    }
    expect(await wealthOf(p, p.delegator)).to.be.greaterThan(2n * STAKE);
  });

  it("S2: rewards of a round go by the stake that was active when it began, of all orchestrators alike", async function () {
    const log = await roundLog(p);
    const [stakers] = await p.minter.settledMint();
    expect(log).to.equal(logGrowth(3n * STAKE, 3n * STAKE + stakers));
    await toRound(p, FIRST + 1n);
    const [two, one] = await Promise.all([p.orchestrator, p.rival].map((who) => bonding.getOrchestrator(who)));
    expectNear(two!.totalStake - 2n * STAKE, (2n * stakers) / 3n, 2n);
    expectNear(one!.totalStake - STAKE, stakers / 3n, 2n);
  });
});
