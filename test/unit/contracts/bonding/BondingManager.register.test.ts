import { expect } from "chai";
import { bondAs, loadProtocol, registerAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;

describe("BondingManager.register", function () {
  let p: Protocol;
  let bonding: Protocol["bonding"];

  beforeEach(async function () {
    p = await loadProtocol();
    bonding = p.bonding.connect(p.orchestrator);
  });

  it("reverts when paused", async function () {
    await p.bonding.pause();
    await expect(bonding.register(0, 0)).to.be.revertedWithCustomError(bonding, "EnforcedPause");
  });

  it("reverts when a ratio is above one", async function () {
    for (const ratios of [
      [ONE + 1n, 0n],
      [0n, ONE + 1n],
    ] as const) {
      await expect(bonding.register(...ratios))
        .to.be.revertedWithCustomError(bonding, "BondingManagerRatioOutOfBounds")
        .withArgs(ONE + 1n, ONE);
    }
  });

  it("reverts when the caller is registered", async function () {
    await bonding.register(0, 0);
    await expect(bonding.register(0, 0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerAlreadyRegistered")
      .withArgs(p.orchestrator.address);
  });

  it("reverts when the caller stands behind somebody", async function () {
    await registerAs(p, p.orchestrator);
    await bondAs(p, p.delegator, 1n, p.orchestrator);
    await expect(bonding.connect(p.delegator).register(0, 0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.orchestrator.address, p.delegator.address);
  });

  it("registers the caller, inactive, behind itself", async function () {
    await toRound(p, 3n);
    const registration = bonding.register(ONE, ONE);
    await expect(registration).to.emit(bonding, "Registered").withArgs(p.orchestrator.address, ONE, ONE, 3);
    await expect(registration).not.to.emit(bonding, "ActivityChanged");
    expect(await bonding.getOrchestrator(p.orchestrator)).to.deep.equal([ONE, ONE, 0n, 0n, false, 3n]);
    expect(await bonding.getDelegator(p.orchestrator)).to.deep.equal([0n, p.orchestrator.address]);
    expect(await bonding.isRegistered(p.orchestrator)).to.equal(true);
    expect(await bonding.isActive(p.orchestrator)).to.equal(false);
  });

  it("allows a delegator that has left", async function () {
    await registerAs(p, p.orchestrator);
    await bondAs(p, p.delegator, 5n, p.orchestrator);
    await bonding.connect(p.delegator).unbond(5);
    await bonding.connect(p.delegator).register(0, 0);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal([0n, p.delegator.address]);
  });

  it("makes active at once where nothing is asked for", async function () {
    await p.bonding.setParameters({ minimumStake: 0, minimumSelfStake: 0, unbondingPeriod: 1 });
    await expect(bonding.register(0, 0)).to.emit(bonding, "ActivityChanged").withArgs(p.orchestrator.address, true);
  });
});
