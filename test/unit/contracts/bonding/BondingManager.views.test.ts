import { expect } from "chai";
import { loadProtocol } from "../../../fixtures/protocol.ts";

describe("BondingManager views", function () {
  for (const view of ["totalStakeAt(address,uint256)", "stakeAt(address,address,uint256)"] as const) {
    it(`${view} refuses a round that no clock reaches, instead of answering for another`, async function () {
      const { bonding, orchestrator } = await loadProtocol();
      const who = view.startsWith("total") ? [orchestrator.address] : [orchestrator.address, orchestrator.address];
      await expect(bonding.getFunction(view).staticCall(...who, 2n ** 48n))
        .to.be.revertedWithCustomError(bonding, "SafeCastOverflowedUintDowncast")
        .withArgs(48, 2n ** 48n);
    });
  }
});
