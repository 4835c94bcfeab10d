import { expect } from "chai";
import { parseEther } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("BondingManager.setParameters", function () {
  let p: Protocol;

  beforeEach(async function () {
    p = await loadProtocol();
  });

  it("reverts outside the bounds", async function () {
    const { bonding } = p;
    const most = parseEther("1000000");
    await expect(bonding.setParameters({ minimumStake: most + 1n, minimumSelfStake: 0, unbondingPeriod: 14 }))
      .to.be.revertedWithCustomError(bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(most + 1n, most);
    await expect(bonding.setParameters({ minimumStake: 5, minimumSelfStake: 6, unbondingPeriod: 14 }))
      .to.be.revertedWithCustomError(bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(6, 5);
    for (const unbondingPeriod of [0, 366]) {
      await expect(bonding.setParameters({ minimumStake: 5, minimumSelfStake: 5, unbondingPeriod }))
        .to.be.revertedWithCustomError(bonding, "BondingManagerPeriodOutOfBounds")
        .withArgs(unbondingPeriod, 1, 365);
    }
  });

  it("changes the parameters", async function () {
    const { bonding } = p;
    const old = [parseEther("5000"), parseEther("500"), 14n];
    expect(await bonding.parameters()).to.deep.equal(old);
    await expect(bonding.setParameters({ minimumStake: 6, minimumSelfStake: 5, unbondingPeriod: 365 }))
      .to.emit(bonding, "ParametersChanged")
      .withArgs(old, [6, 5, 365]);
    expect(await bonding.parameters()).to.deep.equal([6n, 5n, 365n]);
  });
});
