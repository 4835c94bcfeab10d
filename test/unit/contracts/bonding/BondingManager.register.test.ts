import { expect } from "chai";
import { ZeroAddress, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { toRound } from "../../../fixtures/protocol.ts";
import { changesBy, FEE_SHARE, FIRST, loadStage, ONE, REWARD_CUT } from "../../../fixtures/staking.ts";
import type { Stage } from "../../../fixtures/staking.ts";

/** First slot of the contract's storage (ERC-7201). */
const NAMESPACE = BigInt(keccak256(toUtf8Bytes("streamflow.storage.BondingManager"))) - 1n;
const STORAGE = BigInt(keccak256(toBeHex(NAMESPACE, 32))) & ~0xffn;
const MOST = 2n ** 24n - 1n;

describe("BondingManager.register", function () {
  let p: Stage;
  let bonding: Stage["bonding"];

  beforeEach(async function () {
    p = await loadStage();
    bonding = p.bonding.connect(p.stranger);
  });

  /** Pretends that as many are registered as have numbers, wherever the contract counts them. */
  async function registerAll(): Promise<void> {
    const at = await bonding.getAddress();
    for (let slot = STORAGE; slot < STORAGE + 16n; slot++) {
      const before = await p.ethers.provider.getStorage(at, slot);
      await p.networkHelpers.setStorageAt(at, slot, toBeHex(BigInt(before) | MOST, 32));
      if ((await bonding.orchestratorCount()) === MOST) return;
      await p.networkHelpers.setStorageAt(at, slot, before);
    }
    throw new Error("no slot is the number of orchestrators");
  }

  it("reverts when paused", async function () {
    await p.bonding.pause();
    await expect(bonding.register(ONE + 1n, 0, 0)).to.be.revertedWithCustomError(bonding, "EnforcedPause");
  });

  it("reverts for a reward cut, then for a fee share, above one whole", async function () {
    for (const ratios of [
      [ONE + 1n, ONE + 2n],
      [ONE, ONE + 1n],
    ] as const) {
      await expect(p.bonding.connect(p.orchestrator).register(...ratios, 0))
        .to.be.revertedWithCustomError(bonding, "BondingManagerRatioOutOfBounds")
        .withArgs(ONE + 1n, ONE);
    }
  });

  it("reverts for the second time", async function () {
    await expect(p.bonding.connect(p.orchestrator).register(0, 0, 0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerAlreadyRegistered")
      .withArgs(p.orchestrator.address);
  });

  it("reverts for who stands behind another, until it has unbonded everything", async function () {
    const delegator = p.bonding.connect(p.delegator);
    await expect(delegator.register(0, 0, 0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerBondedElsewhere")
      .withArgs(p.orchestrator.address, p.delegator.address);
    const { stake } = await bonding.getDelegator(p.delegator);
    await delegator.unbond(stake);
    await delegator.register(0, 0, 0);
    expect(await bonding.isRegistered(p.delegator)).to.equal(true);
  });

  it("reverts when there are no numbers left", async function () {
    await registerAll();
    await expect(bonding.register(0, 0, 0))
      .to.be.revertedWithCustomError(bonding, "BondingManagerTooManyOrchestrators")
      .withArgs(MOST, MOST);
  });

  it("makes an orchestrator that stands behind itself and is not active yet", async function () {
    const registered = bonding.register(REWARD_CUT, FEE_SHARE, 0);
    await expect(registered)
      .to.emit(bonding, "Registered")
      .withArgs(p.stranger.address, 3, REWARD_CUT, FEE_SHARE, FIRST);
    await expect(registered).not.to.emit(bonding, "ActivityChanged");
    expect(await bonding.getOrchestrator(p.stranger)).to.deep.equal([
      REWARD_CUT,
      FEE_SHARE,
      REWARD_CUT,
      FEE_SHARE,
      ...[0n, 0n, 0n, 0n, 0n],
      ...[false, false, false],
      ...[0n, 0n, 0n, 0n],
    ]);
    expect(await bonding.isRegistered(p.stranger)).to.equal(true);
    expect(await bonding.isActive(p.stranger)).to.equal(false);
    expect(await bonding.orchestratorCount()).to.equal(3);
    expect(await bonding.orchestratorsFrom(3, 1)).to.deep.equal([p.stranger.address]);
    expect(await bonding.getDelegator(p.stranger)).to.deep.equal([p.stranger.address, 0n, 0n, 0n, 0n]);
    expect(await bonding.delegates(p.stranger)).to.equal(p.stranger.address);
  });

  it("changes nothing for others, and takes the bounds of both ratios", async function () {
    expect(await changesBy(p, () => bonding.register(ONE, ONE, 0))).to.deep.equal({});
    await p.bonding.connect(p.others[1]).register(0, 0, 0);
  });

  it("makes it active once anybody looks, where no stake is asked for", async function () {
    const { ...parameters } = p.parameters.bonding;
    await bonding.connect(p.deployer).setParameters({ ...parameters, minimumStake: 0, minimumSelfStake: 0 });
    await bonding.register(0, 0, 0);
    await expect(bonding.reward(p.stranger))
      .to.emit(bonding, "ActivityChanged")
      .withArgs(p.stranger.address, true, FIRST + 1n);
    expect(await bonding.isActive(p.stranger)).to.equal(false);
    await toRound(p, FIRST + 1n);
    expect(await bonding.isActive(p.stranger)).to.equal(true);
  });

  it("is not known before", async function () {
    expect(await bonding.isRegistered(p.stranger)).to.equal(false);
    expect(await bonding.delegates(p.stranger)).to.equal(ZeroAddress);
  });
});
