import { expect } from "chai";
import { ZeroAddress, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { bondAs, toRound } from "../../../fixtures/protocol.ts";
import {
  changesBy,
  FEE_SHARE,
  FIRST,
  inTwin,
  loadStage,
  look,
  MINIMUM_POSITION,
  ONE,
  REWARD_CUT,
  STAKE,
} from "../../../fixtures/staking.ts";
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

  describe("with own stake", () => {
    const register = (amount: bigint) => bonding.register(REWARD_CUT, FEE_SHARE, amount);

    beforeEach(async function () {
      await p.token.transfer(p.stranger, STAKE);
      await p.token.connect(p.stranger).approve(bonding, STAKE);
    });

    it("reverts for less than 0.01 LPT, without allowance or without LPT, and registers nobody then", async function () {
      await expect(register(MINIMUM_POSITION - 1n))
        .to.be.revertedWithCustomError(bonding, "BondingManagerAmountTooSmall")
        .withArgs(MINIMUM_POSITION - 1n, MINIMUM_POSITION);
      await expect(register(STAKE + 1n))
        .to.be.revertedWithCustomError(p.token, "ERC20InsufficientAllowance")
        .withArgs(await bonding.getAddress(), STAKE, STAKE + 1n);
      await p.token.connect(p.stranger).approve(bonding, 2n * STAKE);
      await expect(register(STAKE + 1n)).to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance");
      expect(await bonding.isRegistered(p.stranger)).to.equal(false);
      expect(await bonding.orchestratorCount()).to.equal(2);
    });

    it("registers, bonds and is active from the next round on, and says so in that order", async function () {
      await bonding.reward(p.orchestrator);
      const registered = await register(STAKE);
      const { logs } = (await registered.wait())!;
      const events = logs.map((log) => bonding.interface.parseLog(log)).filter((event) => event !== null);
      expect(events.map(({ name, args }) => [name, ...(args as unknown[])])).to.deep.equal([
        ["Registered", p.stranger.address, 3n, REWARD_CUT, FEE_SHARE, FIRST],
        ["Bonded", p.stranger.address, p.stranger.address, STAKE, STAKE, FIRST + 1n],
        ["ActivityChanged", p.stranger.address, true, FIRST + 1n],
      ]);
      await expect(registered).to.changeTokenBalances(p.ethers, p.token, [p.stranger, bonding], [-STAKE, STAKE]);
      expect((await bonding.getDelegator(p.stranger)).waiting).to.equal(STAKE);
      await toRound(p, FIRST + 1n);
      expect(await bonding.isActive(p.stranger)).to.equal(true);
    });

    it("is not active with less than is asked for", async function () {
      await expect(register(MINIMUM_POSITION)).not.to.emit(bonding, "ActivityChanged");
    });

    it("does what two transactions do, rewards and votes included", async function () {
      const after = (act: () => Promise<unknown>) =>
        inTwin(p, async () => {
          await act();
          const now = await look(p, { orchestrator: p.stranger, delegator: p.stranger });
          await toRound(p, FIRST + 3n);
          await bonding.reward(p.stranger);
          const votes = await bonding.getPastVotes(p.stranger, FIRST + 1n);
          return [now, await look(p, { orchestrator: p.stranger, delegator: p.stranger }), votes];
        });
      const once = await after(() => register(STAKE));
      const twice = await after(async () => {
        await register(0n);
        await bonding.bond(STAKE, p.stranger);
      });
      expect(once).to.deep.equal(twice);
    });

    it("takes who has left another orchestrator in the same round", async function () {
      const delegator = p.bonding.connect(p.delegator);
      const { stake } = await bonding.getDelegator(p.delegator);
      await delegator.unbond(stake);
      await p.token.transfer(p.delegator, STAKE);
      await p.token.connect(p.delegator).approve(bonding, STAKE);
      await delegator.register(0, 0, STAKE);
      const { orchestrator, waiting, lockCount } = await bonding.getDelegator(p.delegator);
      expect([orchestrator, waiting, lockCount]).to.deep.equal([p.delegator.address, STAKE, 1n]);
    });
  });

  it("lets a delegator come first, and own stake later", async function () {
    await bonding.register(0, 0, 0);
    await bondAs(p, p.others[1]!, STAKE, p.stranger);
    expect((await bonding.getOrchestrator(p.stranger)).activeNext).to.equal(false);
    await bondAs(p, p.stranger, STAKE, p.stranger);
    expect((await bonding.getOrchestrator(p.stranger)).activeNext).to.equal(true);
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
