import { expect } from "chai";
import { parseEther } from "ethers";
import { registerAs, toRound } from "../../../fixtures/protocol.ts";
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
  punish,
  roundLog,
  STAKE,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

const ALL = 2n * STAKE;

describe("BondingManager.bond", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.delegator);
    await p.token.transfer(p.delegator, parseEther("10000"));
    await p.token.connect(p.delegator).approve(bonding, parseEther("9000"));
  });

  it("reverts when paused", async function () {
    await p.bonding.pause();
    await expect(bonding.bond(0, p.orchestrator)).to.be.revertedWithCustomError(bonding, "EnforcedPause");
    await p.bonding.unpause();
    await bonding.bond(LPT, p.orchestrator);
  });

  it("reverts when nobody of that address is registered, the zero address included", async function () {
    for (const to of [p.stranger.address, p.delegator.address, "0x0000000000000000000000000000000000000000"]) {
      await expect(bonding.bond(0, to))
        .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
        .withArgs(to);
    }
  });

  it("reverts for less than 0.01 LPT", async function () {
    await p.module.openDispute(CPU, p.rival, FIRST);
    for (const amount of [0n, MINIMUM_POSITION - 1n]) {
      await expect(bonding.bond(amount, p.rival))
        .to.be.revertedWithCustomError(bonding, "BondingManagerAmountTooSmall")
        .withArgs(amount, MINIMUM_POSITION);
    }
    await bonding.bond(MINIMUM_POSITION, p.orchestrator);
  });

  it("reverts behind an orchestrator with open disputes, until the last one is closed", async function () {
    await p.module.openDispute(CPU, p.rival, FIRST);
    await p.module.openDispute(CPU, p.rival, FIRST - 1n);
    for (const disputes of [2n, 1n]) {
      await expect(p.bonding.connect(p.delegator).bond(LPT, p.rival))
        .to.be.revertedWithCustomError(bonding, "BondingManagerDisputed")
        .withArgs(p.rival.address, disputes);
      await p.module.closeDispute(CPU, p.rival, FIRST - 2n + disputes);
    }
    await p.token.approve(bonding, LPT);
    await p.bonding.bond(LPT, p.rival);
  });

  it("reverts behind a second orchestrator", async function () {
    await expect(bonding.bond(LPT, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.orchestrator.address, p.rival.address);
  });

  it("reverts when an orchestrator bonds behind another one, even without stake of its own", async function () {
    await p.bonding.register(0, 0, 0);
    for (const who of [p.rival, p.deployer]) {
      await expect(p.bonding.connect(who).bond(LPT, p.orchestrator))
        .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
        .withArgs(who.address, p.orchestrator.address);
    }
  });

  it("reverts where slashes have made the units worth too little to count more of them", async function () {
    // 14 halves leave 2^-14: 1,000,000 LPT are 2^80 wei, so a pool of 2^92 units cannot sell as many.
    for (let round = FIRST + 1n; round < FIRST + 15n; round++) {
      await toRound(p, round);
      await punish(p, { fault: round, fraction: ONE / 2n });
    }
    await p.token.transfer(p.delegator, parseEther("1000000"));
    await p.token.connect(p.delegator).approve(bonding, parseEther("1000000"));
    await expect(bonding.bond(parseEther("1000000"), p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerPoolWorthless")
      .withArgs(p.orchestrator.address);
    await bonding.bond(LPT, p.orchestrator);
    expectNear((await bonding.getDelegator(p.delegator)).waiting, LPT, 1n);
  });

  it("reverts where rewards have made a unit worth more than what is bonded", async function () {
    for (const who of [p.orchestrator, p.delegator, p.rival]) await p.bonding.connect(who).unbond(STAKE);
    await p.bonding.setParameters({ ...p.parameters.bonding, minimumStake: 0, minimumSelfStake: 0 });
    await toRound(p, FIRST + 1n);
    const small = p.others[1]!;
    const own = p.bonding.connect(small);
    await registerAs(p, small, { selfStake: MINIMUM_POSITION, rewardCut: 0n });
    await p.token.transfer(small, LPT);
    await p.token.connect(small).approve(bonding, LPT);
    // So little at stake doubles in every round. All leaves but one unit, which comes to be worth more than 0.01 LPT, 2^53 wei.
    let units = MINIMUM_POSITION;
    for (let round = FIRST + 2n; round < FIRST + 55n; round++) {
      await toRound(p, round);
      const { blockNumber } = await own.bond(MINIMUM_POSITION, small);
      const { stake } = await own.getDelegator(small);
      await own.unbond(stake - (stake + units - 1n) / units);
      const [bonded] = await own.queryFilter(own.filters.Bonded(), blockNumber!);
      units = 1n + bonded!.args.units;
    }
    await toRound(p, FIRST + 55n);
    await expect(own.bond(MINIMUM_POSITION, small))
      .to.be.revertedWithCustomError(bonding, "BondingManagerPoolWorthless")
      .withArgs(small.address);
    await own.bond(LPT / 10n, small);
  });

  it("reverts without allowance or tokens", async function () {
    await expect(bonding.bond(parseEther("9000") + 1n, p.orchestrator))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientAllowance")
      .withArgs(await bonding.getAddress(), parseEther("9000"), parseEther("9000") + 1n);
    await p.token.connect(p.delegator).approve(bonding, parseEther("20000"));
    await expect(bonding.bond(parseEther("10000") + 1n, p.orchestrator))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(p.delegator.address, parseEther("10000"), parseEther("10000") + 1n);
  });

  it("takes the tokens for units at the price of the next round, which wait until then", async function () {
    const { stake, total } = grown(ALL, await roundLog(p));
    const [, next] = await bonding.totalActiveStake();
    const units = (LPT * ALL) / stake;
    const bond = () => bonding.bond(LPT, p.orchestrator);
    await inTwin(p, async () => {
      const bonded = await bond();
      await expect(bonded)
        .to.emit(bonding, "Bonded")
        .withArgs(p.delegator.address, p.orchestrator.address, LPT, units, FIRST + 1n);
      await expect(bonded).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [-LPT, LPT]);
    });
    expect(await changesBy(p, bond)).to.deep.equal({
      "orchestrator.nextTotalStake": total + LPT,
      "delegator.waiting": LPT,
      next: next + LPT,
      held: 3n * STAKE + LPT,
      owned: parseEther("10000") - LPT,
    });
    await bond();
    expect((await bonding.getDelegator(p.delegator)).waiting).to.equal(2n * LPT);
  });

  it("begins a delegator's stake, and ends its waiting with the round", async function () {
    await p.token.transfer(p.stranger, LPT);
    await p.token.connect(p.stranger).approve(bonding, LPT);
    const changes = await changesBy(p, () => p.bonding.connect(p.stranger).bond(LPT, p.orchestrator), {
      delegator: p.stranger,
    });
    expect(changes["delegator.orchestrator"]).to.equal(p.orchestrator.address);
    expect(changes["delegator.waiting"]).to.equal(LPT);
    expect(changes["delegator.stake"]).to.equal(undefined);
    await toRound(p, FIRST + 1n);
    const { stake, waiting } = await bonding.getDelegator(p.stranger);
    expect(waiting).to.equal(0);
    expect(LPT - stake).to.be.within(0n, 2n);
  });

  it("counts an orchestrator's own as such", async function () {
    await p.token.transfer(p.orchestrator, LPT);
    await p.token.connect(p.orchestrator).approve(bonding, LPT);
    await p.bonding.connect(p.orchestrator).bond(LPT, p.orchestrator);
    const before = await bonding.getOrchestrator(p.orchestrator);
    expect([before.totalStake, before.selfStake]).to.deep.equal([ALL, STAKE]);
    await toRound(p, FIRST + 1n);
    const { totalStake, selfStake } = await bonding.getOrchestrator(p.orchestrator);
    expect(totalStake).to.equal(before.nextTotalStake);
    expect(selfStake).to.equal((await bonding.getDelegator(p.orchestrator)).stake + totalStake - (await units()));
  });

  /** {wei LPT} What the units of the orchestrator's pool are worth. */
  const units = async () => {
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    return totalStake - commission;
  };

  it("makes the orchestrator active at the very minimum of both stakes", async function () {
    const small = p.others[1]!;
    await registerAs(p, small, { selfStake: parseEther("500") });
    const last = parseEther("4500");
    await bonding.unbond((await bonding.getDelegator(p.delegator)).stake);
    await inTwin(p, async () => {
      await expect(bonding.bond(last - 1n, small)).not.to.emit(bonding, "ActivityChanged");
      await toRound(p, FIRST + 1n);
      expect(await bonding.isActive(small)).to.equal(false);
    });
    await expect(bonding.bond(last, small))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(small.address, true, FIRST + 1n);
    expect((await bonding.getOrchestrator(small)).activeNext).to.equal(true);
    expect(await bonding.isActive(small)).to.equal(false);
    await expect(bonding.bond(LPT, small)).not.to.emit(bonding, "ActivityChanged");
    await toRound(p, FIRST + 1n);
    expect(await bonding.isActive(small)).to.equal(true);
  });

  it("does not make it active by others' stake alone", async function () {
    const small = p.others[1]!;
    await registerAs(p, small, { selfStake: parseEther("500") - 1n });
    await bonding.unbond((await bonding.getDelegator(p.delegator)).stake);
    await expect(bonding.bond(parseEther("9000"), small)).not.to.emit(bonding, "ActivityChanged");
    await p.token.transfer(small, LPT);
    await p.token.connect(small).approve(bonding, LPT);
    await expect(p.bonding.connect(small).bond(MINIMUM_POSITION, small)).to.emit(bonding, "ActivityChanged");
  });

  it("works behind an orchestrator in jail, whose stake earns nothing", async function () {
    await punish(p, { fault: FIRST });
    await bonding.bond(LPT, p.orchestrator);
    await toRound(p, FIRST + 5n);
    const { stake, waiting } = await bonding.getDelegator(p.delegator);
    await toRound(p, FIRST + 6n);
    expect((await bonding.getDelegator(p.delegator)).stake).to.equal(stake);
    expect(waiting).to.equal(0);
  });
});
