import { expect } from "chai";
import { MaxUint256, ZeroAddress } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";
import { FIRST, inTwin, loadStage, look, LPT, passWindow, punish, STAKE } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

describe("BondingManager views", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
  });

  it("answer zeroes for whom they do not know", async function () {
    for (const who of [p.stranger.address, ZeroAddress]) {
      expect(await bonding.isRegistered(who)).to.equal(false);
      expect(await bonding.isActive(who)).to.equal(false);
      expect(await bonding.getOrchestrator(who)).to.deep.equal([
        ...[0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
        ...[false, false, false],
        ...[0n, 0n, 0n, 0n],
      ]);
      expect(await bonding.getDelegator(who)).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n]);
      expect(await bonding.getUnbondingLock(who, 0)).to.deep.equal([ZeroAddress, 0n, 0n, 0n, 0n]);
      expect(await bonding.claimableFees(who)).to.equal(0);
    }
    expect(await bonding.isRegistered(p.delegator)).to.equal(false);
  });

  it("orchestratorsFrom pages through all of them, in the order of their numbers", async function () {
    const both = [p.orchestrator.address, p.rival.address];
    expect(await bonding.orchestratorCount()).to.equal(2);
    expect(await bonding.orchestratorsFrom(1, 2)).to.deep.equal(both);
    expect(await bonding.orchestratorsFrom(1, MaxUint256)).to.deep.equal(both);
    expect(await bonding.orchestratorsFrom(2, 1)).to.deep.equal(both.slice(1));
    for (const [first, count] of [
      [1n, 0n],
      [3n, 10n],
      [MaxUint256, MaxUint256],
    ] as const) {
      expect(await bonding.orchestratorsFrom(first, count)).to.deep.equal([]);
    }
  });

  it("isActive follows the clock alone, from the round in which stake is active", async function () {
    const newcomer = p.others[1]!;
    await bonding.connect(newcomer).register(0, 0, 0);
    await bondAs(p, newcomer, STAKE, newcomer);
    expect(await bonding.isActive(newcomer)).to.equal(false);
    await toRound(p, FIRST + 1n);
    expect(await bonding.isActive(newcomer)).to.equal(true);
    await bonding.reward(newcomer);
    expect(await bonding.isActive(newcomer)).to.equal(true);
    await bonding.connect(newcomer).unbond(STAKE);
    expect(await bonding.isActive(newcomer)).to.equal(false);
  });

  it("tell before anybody acts what holds after it, in the next round and after a long time", async function () {
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await bonding.connect(p.orchestrator).setCommission(0, 0);
    await passWindow(p);
    await bonding.connect(p.delegator).unbond(3n * LPT);
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    for (const ahead of [0n, 1n, 3n, 4n, 100n]) {
      await inTwin(p, async () => {
        if (ahead > 0n) await toRound(p, FIRST + ahead);
        const before = await look(p);
        await bonding.reward(p.orchestrator);
        // The present round's mint has come in.
        const { held: _, ...told } = await look(p);
        expect(told).to.deep.equal(Object.fromEntries(Object.entries(before).filter(([key]) => key !== "held")));
      });
    }
  });

  it("tell the same after a slash, before anybody acts in the next round", async function () {
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 1n);
    await punish(p, { fault: FIRST });
    await toRound(p, FIRST + 2n);
    const { held: _, ...before } = await look(p);
    await bonding.reward(p.orchestrator);
    const { held: __, ...after } = await look(p);
    expect(after).to.deep.equal(before);
  });

  it("totalActiveStake is the sum of what is active, and of what will be", async function () {
    await bondAs(p, p.stranger, LPT, p.rival);
    await bonding.connect(p.delegator).unbond(LPT);
    const pools = await Promise.all([p.orchestrator, p.rival].map((who) => bonding.getOrchestrator(who)));
    const [active, next] = await bonding.totalActiveStake();
    expect(active).to.equal(pools[0]!.totalStake + pools[1]!.totalStake);
    expect(next).to.be.within(
      pools[0]!.nextTotalStake + pools[1]!.nextTotalStake,
      pools[0]!.nextTotalStake + pools[1]!.nextTotalStake + 4n,
    );
  });

  it("totalActiveStake is nothing when nobody will earn, whatever rounding has left", async function () {
    for (const who of [p.orchestrator, p.rival]) await bonding.connect(who).unbond(STAKE);
    const [active, next] = await bonding.totalActiveStake();
    expect([active, next]).to.deep.equal([3n * STAKE, 0n]);
    await toRound(p, FIRST + 1n);
    expect(await bonding.totalActiveStake()).to.deep.equal([0n, 0n]);
  });

  it("name what the contract works with", async function () {
    const { contracts } = p.deployment;
    expect([
      await bonding.TOKEN(),
      await bonding.ROUNDS_MANAGER(),
      await bonding.MINTER(),
      await bonding.TICKET_BROKER(),
      await bonding.SERVICE_REGISTRY(),
      await bonding.TREASURY(),
    ]).to.deep.equal([
      contracts.LivepeerToken.proxy,
      contracts.RoundsManager.proxy,
      contracts.Minter.proxy,
      contracts.TicketBroker.proxy,
      contracts.ServiceRegistry.proxy,
      contracts.Treasury.proxy,
    ]);
  });
});
