import { expect } from "chai";
import { parseEther } from "ethers";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";

describe("BondingManager.poke", function () {
  it("reverts for an account that is not registered", async function () {
    const { bonding, stranger } = await loadProtocol();
    await expect(bonding.poke(stranger))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(stranger.address);
  });

  it("brings the flag up to date after a change of the minimums, for anyone who asks", async function () {
    const p = await loadProtocol();
    const bonding = p.bonding.connect(p.stranger);
    await registerAs(p, p.orchestrator);
    await expect(bonding.poke(p.orchestrator)).not.to.emit(bonding, "ActivityChanged");

    const parameters = { minimumStake: parseEther("5000") + 1n, minimumSelfStake: 0, unbondingPeriod: 14 };
    await p.bonding.setParameters(parameters);
    expect(await bonding.isActive(p.orchestrator)).to.equal(true);
    expect(await bonding.poke.staticCall(p.orchestrator)).to.equal(false);
    await expect(bonding.poke(p.orchestrator))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, false);
    expect(await bonding.isActive(p.orchestrator)).to.equal(false);
    await p.bonding.setParameters({ ...parameters, minimumStake: parseEther("5000") });
    await expect(bonding.poke(p.orchestrator))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, true);
  });
});
