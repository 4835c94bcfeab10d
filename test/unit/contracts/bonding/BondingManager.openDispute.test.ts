import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { toRound } from "../../../fixtures/protocol.ts";
import { CPU, GPU } from "../../../fixtures/registry.ts";
import { changesBy, FIRST, inTwin, loadStage, passWindow, toSecond, WINDOW } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

describe("BondingManager.openDispute", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding;
  });

  const open = (fault: bigint, orchestrator = p.orchestrator) => p.module.openDispute(CPU, orchestrator, fault);

  it("reverts for anybody but the module of the service in that round, governance included", async function () {
    const module = await p.module.getAddress();
    for (const who of [p.stranger, p.orchestrator, p.deployer]) {
      await expect(bonding.connect(who).openDispute(CPU, p.stranger, FIRST))
        .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
        .withArgs(who.address, module);
    }
    for (const [service, fault] of [
      [GPU, FIRST],
      [CPU, FIRST - 2n],
    ] as const) {
      await expect(p.module.openDispute(service, p.stranger, fault))
        .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
        .withArgs(module, ZeroAddress);
    }
  });

  it("reverts for who is not registered", async function () {
    await expect(open(FIRST + 1n, p.delegator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.delegator.address);
  });

  it("reverts for a round that has not begun", async function () {
    await expect(open(FIRST + 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerRoundAhead")
      .withArgs(FIRST + 1n, FIRST);
  });

  it("reverts when the window of challenge is over", async function () {
    await toSecond(p, WINDOW);
    await expect(open(FIRST - 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerFaultTooOld")
      .withArgs(FIRST - 1n, FIRST);
    await toRound(p, FIRST + 1n);
    await expect(open(FIRST - 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerFaultTooOld")
      .withArgs(FIRST - 1n, FIRST);
    await toSecond(p, WINDOW - 1n);
    await open(FIRST);
  });

  it("names the oldest round whose faults can be challenged still", async function () {
    await toRound(p, FIRST + 5n);
    await passWindow(p);
    await expect(open(FIRST))
      .to.be.revertedWithCustomError(bonding, "BondingManagerFaultTooOld")
      .withArgs(FIRST, FIRST + 5n);
  });

  it("reverts when 255 are open", async function () {
    for (let n = 0; n < 255; n++) await open(FIRST);
    await expect(open(FIRST - 1n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerTooManyDisputes")
      .withArgs(p.orchestrator.address, 255);
    await p.module.closeDispute(CPU, p.orchestrator, FIRST);
    await open(FIRST - 1n);
  });

  it("counts a dispute, even when paused, and takes nothing", async function () {
    await bonding.pause();
    await inTwin(p, async () =>
      expect(open(FIRST))
        .to.emit(bonding, "DisputeOpened")
        .withArgs(p.orchestrator.address, FIRST, await p.module.getAddress()),
    );
    expect(await changesBy(p, () => open(FIRST))).to.deep.equal({ "orchestrator.disputes": 1n });
    expect(await changesBy(p, () => open(FIRST))).to.deep.equal({ "orchestrator.disputes": 2n });
    expect(await changesBy(p, () => open(FIRST - 1n))).to.deep.equal({ "orchestrator.disputes": 3n });
    expect(await bonding.isActive(p.orchestrator)).to.equal(true);
  });

  it("is possible about the present round, and about the last one until the next is over where the window is longer", async function () {
    await bonding.setParameters({ ...p.parameters.bonding, challengeWindow: 86_400 });
    await p.rounds.setRoundLength(3_600);
    await toRound(p, FIRST + 1n);
    await open(FIRST);
    await toSecond(p, 3_599n);
    await open(FIRST);
    await toRound(p, FIRST + 2n);
    await expect(open(FIRST)).to.be.revertedWithCustomError(bonding, "BondingManagerFaultTooOld");
  });

  it("is the business of the module of the fault's round, though another is approved by now", async function () {
    const other = await p.ethers.deployContract("VerificationMockForBondingManager", [bonding]);
    const program = "0x".padEnd(66, "1");
    await p.registry.approveVerification(CPU, other, program);
    await toRound(p, FIRST + 15n);
    await open(FIRST + 14n);
    await expect(open(FIRST + 15n))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotModule")
      .withArgs(await p.module.getAddress(), await other.getAddress());
  });
});
