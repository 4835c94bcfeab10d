import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import { CPU, GPU } from "../../../fixtures/registry.ts";
import {
  changesBy,
  expectNear,
  FIRST,
  inTwin,
  loadStage,
  LPT,
  passWindow,
  STAKE,
  stakeOf,
} from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

describe("BondingManager.closeDispute", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
  });

  const close = (fault: bigint, orchestrator = p.orchestrator) => p.module.closeDispute(CPU, orchestrator, fault);

  it("reverts for anybody but the module of the service in that round", async function () {
    const module = await p.module.getAddress();
    await expect(bonding.connect(p.stranger).closeDispute(CPU, p.orchestrator, FIRST))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
      .withArgs(p.stranger.address, module);
    await expect(p.module.closeDispute(GPU, p.orchestrator, FIRST))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
      .withArgs(module, ZeroAddress);
  });

  it("reverts for who is not registered", async function () {
    await expect(close(FIRST, p.delegator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("reverts without an open dispute: about another round, of another, or once too often", async function () {
    await expect(close(FIRST - 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotDisputed")
      .withArgs(p.orchestrator.address, FIRST - 1n);
    await expect(close(FIRST, p.rival))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotDisputed")
      .withArgs(p.rival.address, FIRST);
    await close(FIRST);
    await expect(close(FIRST))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotDisputed")
      .withArgs(p.orchestrator.address, FIRST);
  });

  it("ends one dispute, even when paused and long after the window", async function () {
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await bonding.pause();
    await toRound(p, FIRST + 10n);
    await inTwin(p, async () =>
      expect(close(FIRST))
        .to.emit(bonding, "DisputeClosed")
        .withArgs(p.orchestrator.address, FIRST, await p.module.getAddress()),
    );
    expect(await changesBy(p, () => close(FIRST))).to.deep.equal({ "orchestrator.disputes": 1n });
    expect(await changesBy(p, () => close(FIRST))).to.deep.equal({ "orchestrator.disputes": 0n });
  });

  it("lets stake come in again, and what was told apart meanwhile counts as before", async function () {
    await toRound(p, FIRST + 3n);
    const before = await bonding.getDelegator(p.delegator);
    await close(FIRST);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal(before);
    await bondAs(p, p.delegator, LPT, p.orchestrator);
    await bonding.connect(p.delegator).unbond(STAKE);
    expect((await bonding.getUnbondingLock(p.delegator, 0)).kind).to.equal(0);
  });

  it("lets young stake go that left during the dispute, whoever touches the pool in the rest of the round", async function () {
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await bondAs(p, p.stranger, STAKE, p.orchestrator);
    await p.module.openDispute(CPU, p.orchestrator, FIRST);
    await toRound(p, FIRST + 1n);
    await passWindow(p);
    await bonding.connect(p.stranger).unbond(LPT);
    expect((await bonding.getUnbondingLock(p.stranger, 0)).kind).to.equal(1);
    await close(FIRST);
    await bonding.reward(p.orchestrator);
    await toRound(p, FIRST + 2n);
    await bonding.reward(p.orchestrator);
    const stakes = [p.stranger, p.delegator, p.orchestrator].map((who) => stakeOf(p, who));
    const sum = (await Promise.all(stakes)).reduce((total, stake) => total + stake, 0n);
    const { totalStake, commission } = await bonding.getOrchestrator(p.orchestrator);
    expectNear(sum, totalStake - commission, 4n);
  });
});
