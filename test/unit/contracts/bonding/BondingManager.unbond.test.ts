import { expect } from "chai";
import { parseEther } from "ethers";
import { bondAs, loadProtocol, registerAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("BondingManager.unbond", function () {
  let p: Protocol;
  let bonding: Protocol["bonding"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator);
    await bondAs(p, p.delegator, 10n, p.orchestrator);
    bonding = p.bonding.connect(p.delegator);
    await toRound(p, 5n);
  });

  it("reverts for nothing", async function () {
    await expect(bonding.unbond(0)).to.be.revertedWithCustomError(bonding, "BondingManagerZeroAmount");
  });

  it("reverts for more than is bonded", async function () {
    await expect(bonding.unbond(11))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(10, 11);
    await expect(bonding.connect(p.stranger).unbond(1))
      .to.be.revertedWithCustomError(bonding, "BondingManagerInsufficientStake")
      .withArgs(0, 1);
  });

  it("moves a part into a lock that stops counting from the next round, even when paused", async function () {
    await p.bonding.pause();
    expect(await bonding.unbond.staticCall(4)).to.equal(0);
    const total = parseEther("5000") + 6n;
    const unbonding = bonding.unbond(4);
    await expect(unbonding)
      .to.emit(bonding, "Unbond")
      .withArgs(p.delegator.address, p.orchestrator.address, 0, 4, 6, total, 19);
    await expect(unbonding).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [0, 0]);
    expect(await bonding.getUnbondingLock(p.delegator, 0)).to.deep.equal([4n, 19n]);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal([6n, p.orchestrator.address]);
    expect(await bonding.stakeAt(p.delegator, p.orchestrator, 5)).to.equal(10);
    expect(await bonding.stakeAt(p.delegator, p.orchestrator, 6)).to.equal(6);
    expect(await bonding.totalStakeAt(p.orchestrator, 5)).to.equal(total + 4n);
    expect(await bonding.totalStakeAt(p.orchestrator, 6)).to.equal(total);
    expect(await bonding.unbond.staticCall(1)).to.equal(1);
  });

  it("frees a delegator that takes everything", async function () {
    await bonding.unbond(10);
    expect((await bonding.getDelegator(p.delegator)).orchestrator).to.equal(p.ethers.ZeroAddress);
    await registerAs(p, p.others[0]!, { selfStake: 0n });
    await bondAs(p, p.delegator, 3n, p.others[0]!);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal([3n, p.others[0]!.address]);
    expect(await bonding.stakeAt(p.delegator, p.orchestrator, 5)).to.equal(10);
    expect(await bonding.stakeAt(p.delegator, p.orchestrator, 6)).to.equal(0);
  });

  it("leaves an orchestrator behind itself, and inactive below a minimum", async function () {
    const own = p.bonding.connect(p.orchestrator);
    await expect(own.unbond(10)).not.to.emit(bonding, "ActivityChanged");
    await expect(own.unbond(1)).to.emit(bonding, "ActivityChanged").withArgs(p.orchestrator.address, false);
    await own.unbond(parseEther("5000") - 11n);
    expect(await bonding.getDelegator(p.orchestrator)).to.deep.equal([0n, p.orchestrator.address]);
    expect(await bonding.isRegistered(p.orchestrator)).to.equal(true);
  });

  it("makes it inactive below the minimum of own stake", async function () {
    await bondAs(p, p.others[0]!, parseEther("9000"), p.orchestrator);
    const own = p.bonding.connect(p.orchestrator);
    await expect(own.unbond(parseEther("4500"))).not.to.emit(bonding, "ActivityChanged");
    await expect(own.unbond(1)).to.emit(bonding, "ActivityChanged").withArgs(p.orchestrator.address, false);
  });
});
