import { expect } from "chai";
import { parseEther } from "ethers";
import { bondAs, loadProtocol, registerAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("BondingManager.bond", function () {
  let p: Protocol;
  let bonding: Protocol["bonding"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator, { selfStake: parseEther("500") });
    await registerAs(p, p.others[0]!, { selfStake: 0n });
    await p.token.transfer(p.delegator, parseEther("10000"));
    bonding = p.bonding.connect(p.delegator);
    await p.token.connect(p.delegator).approve(bonding, parseEther("9000"));
  });

  it("reverts when paused", async function () {
    await p.bonding.pause();
    await expect(bonding.bond(1, p.orchestrator)).to.be.revertedWithCustomError(bonding, "EnforcedPause");
    await p.bonding.unpause();
    await bonding.bond(1, p.orchestrator);
  });

  it("reverts for nothing", async function () {
    await expect(bonding.bond(0, p.orchestrator)).to.be.revertedWithCustomError(bonding, "BondingManagerZeroAmount");
  });

  it("reverts when nobody of that address is registered", async function () {
    await expect(bonding.bond(1, p.stranger))
      .to.be.revertedWithCustomError(bonding, "BondingManagerNotRegistered")
      .withArgs(p.stranger.address);
  });

  it("reverts behind a second orchestrator", async function () {
    await bonding.bond(1, p.orchestrator);
    await expect(bonding.bond(1, p.others[0]!))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.orchestrator.address, p.others[0]!.address);
  });

  it("reverts when an orchestrator bonds behind another one, even without stake of its own", async function () {
    await expect(p.bonding.connect(p.others[0]).bond(1, p.orchestrator))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.others[0]!.address, p.orchestrator.address);
  });

  it("reverts without allowance or tokens", async function () {
    await expect(bonding.bond(parseEther("9000") + 1n, p.orchestrator)).to.be.revertedWithCustomError(
      p.token,
      "ERC20InsufficientAllowance",
    );
    await p.token.connect(p.delegator).approve(bonding, parseEther("20000"));
    await expect(bonding.bond(parseEther("10000") + 1n, p.orchestrator)).to.be.revertedWithCustomError(
      p.token,
      "ERC20InsufficientBalance",
    );
  });

  it("takes the tokens and counts them from the next round", async function () {
    await toRound(p, 5n);
    await bonding.bond(3, p.orchestrator);
    const second = bonding.bond(4, p.orchestrator);
    await expect(second)
      .to.emit(bonding, "Bond")
      .withArgs(p.delegator.address, p.orchestrator.address, 4, 7, parseEther("500") + 7n, 6);
    await expect(second).to.changeTokenBalances(p.ethers, p.token, [p.delegator, bonding], [-4, 4]);
    expect(await bonding.getDelegator(p.delegator)).to.deep.equal([7n, p.orchestrator.address]);
    const { totalStake, selfStake } = await bonding.getOrchestrator(p.orchestrator);
    expect([totalStake, selfStake]).to.deep.equal([parseEther("500") + 7n, parseEther("500")]);
    for (const [round, stake] of [
      [5, 0n],
      [6, 7n],
      [100, 7n],
    ] as const) {
      expect(await bonding.stakeAt(p.delegator, p.orchestrator, round)).to.equal(stake);
      expect(await bonding.totalStakeAt(p.orchestrator, round)).to.equal(parseEther("500") + stake);
    }
  });

  it("makes the orchestrator active at the very minimum of both stakes", async function () {
    const last = parseEther("4500");
    await expect(bonding.bond(last - 1n, p.orchestrator)).not.to.emit(bonding, "ActivityChanged");
    await expect(bonding.bond(1, p.orchestrator))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.orchestrator.address, true);
    expect(await bonding.isActive(p.orchestrator)).to.equal(true);
    await expect(bonding.bond(1, p.orchestrator)).not.to.emit(bonding, "ActivityChanged");
  });

  it("does not make it active by others' stake alone", async function () {
    await bonding.bond(parseEther("9000"), p.others[0]!);
    expect(await bonding.isActive(p.others[0]!)).to.equal(false);
    await bondAs(p, p.others[0]!, parseEther("500") - 1n, p.others[0]!);
    expect(await bonding.isActive(p.others[0]!)).to.equal(false);
    await bondAs(p, p.others[0]!, 1n, p.others[0]!);
    expect(await bonding.isActive(p.others[0]!)).to.equal(true);
  });
});
