import { expect } from "chai";
import { bondAs, loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("BondingManager.withdrawStake", function () {
  let p: Protocol;
  let bonding: Protocol["bonding"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator);
    await bondAs(p, p.delegator, 10n, p.orchestrator);
    bonding = p.bonding.connect(p.delegator);
    await bonding.unbond(4);
  });

  it("reverts without such a lock", async function () {
    await expect(bonding.withdrawStake(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock")
      .withArgs(p.delegator.address, 1);
    await expect(bonding.connect(p.stranger).withdrawStake(0)).to.be.revertedWithCustomError(
      bonding,
      "BondingManagerNoSuchLock",
    );
  });

  it("reverts before the withdraw round, whatever the period is now", async function () {
    await p.bonding.setParameters({ minimumStake: 0, minimumSelfStake: 0, unbondingPeriod: 1 });
    await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(15)) - 1n);
    await expect(bonding.withdrawStake(0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerWithdrawTooEarly")
      .withArgs(14, 15);
  });

  it("pays out once, even when paused", async function () {
    await p.bonding.pause();
    await p.networkHelpers.time.setNextBlockTimestamp(await p.rounds.roundStart(15));
    const withdrawal = bonding.withdrawStake(0);
    await expect(withdrawal).to.emit(bonding, "WithdrawStake").withArgs(p.delegator.address, 0, 4);
    await expect(withdrawal).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [4, -4]);
    expect(await bonding.getUnbondingLock(p.delegator, 0)).to.deep.equal([0n, 0n]);
    await expect(bonding.withdrawStake(0)).to.be.revertedWithCustomError(bonding, "BondingManagerNoSuchLock");
  });
});
