import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import { logGrowth } from "../../../../sim/model/staking/growth.ts";
import { impersonate, loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;
const SUPPLY = parseEther("10000000");
const STAKE = parseEther("1000000");
const STEP = ONE / 2_000_000n;
/** Of the first round: the inflation at the start and one step. */
const START = (4n * ONE) / 10_000n + STEP;

/** What a round with this inflation mints for the stake and for the treasury. */
function mintOf(supply: bigint, inflation: bigint): [stakers: bigint, treasury: bigint] {
  const mint = (supply * inflation) / ONE;
  return [mint - mint / 10n, mint / 10n];
}

describe("Minter.advance", function () {
  let p: Protocol;
  /** As BondingManager calls it. */
  let minter: Protocol["minter"];

  beforeEach(async function () {
    p = await loadProtocol();
    minter = p.minter.connect(await impersonate(p, await p.bonding.getAddress()));
  });

  it("reverts for anyone but BondingManager", async function () {
    const bonding = await p.bonding.getAddress();
    for (const caller of [p.stranger, p.deployer]) {
      await expect(p.minter.connect(caller).advance(1, 0, 0))
        .to.be.revertedWithCustomError(minter, "MinterNotBondingManager")
        .withArgs(caller.address, bonding);
    }
  });

  it("reverts when no round has begun", async function () {
    await expect(minter.advance(0, STAKE, 0))
      .to.be.revertedWithCustomError(minter, "MinterTooFewRounds")
      .withArgs(0, 1);
    await expect(minter.preview(0, STAKE, 0))
      .to.be.revertedWithCustomError(minter, "MinterTooFewRounds")
      .withArgs(0, 1);
  });

  it("reverts for a supply, a stake or a mint that does not fit, instead of cutting it off", async function () {
    await expect(minter.advance(1, 2n ** 128n, 0))
      .to.be.revertedWithCustomError(minter, "SafeCastOverflowedUintDowncast")
      .withArgs(128, 2n ** 128n);
    const token = p.token.connect(await impersonate(p, await minter.getAddress()));
    await token.mint(p.stranger, 2n ** 110n - SUPPLY);
    const [stakers] = mintOf(2n ** 110n, START + STEP);
    await expect(minter.advance(1, 2n ** 108n, 0))
      .to.be.revertedWithCustomError(minter, "SafeCastOverflowedUintDowncast")
      .withArgs(96, stakers);
    await token.mint(p.stranger, 2n ** 128n - 2n ** 110n);
    await expect(minter.advance(1, 1, 0))
      .to.be.revertedWithCustomError(minter, "SafeCastOverflowedUintDowncast")
      .withArgs(128, 2n ** 128n);
  });

  it("settles when a round begins, and mints when it is over", async function () {
    const [stakers, treasury] = mintOf(SUPPLY, START + STEP);
    const first = minter.advance(1, STAKE, 0);
    await expect(first)
      .to.emit(minter, "Minted")
      .withArgs(1, 0, 0, START + STEP);
    await expect(first).not.to.emit(p.token, "Transfer");
    expect(await minter.inflation()).to.equal(START + STEP);
    expect(await minter.settledMint()).to.deep.equal([stakers, treasury]);

    const second = minter.advance(1, STAKE + stakers, 0);
    await expect(second)
      .to.emit(minter, "Minted")
      .withArgs(1, stakers, treasury, START + 2n * STEP);
    await expect(second)
      .to.emit(p.token, "Transfer")
      .withArgs(ZeroAddress, await p.bonding.getAddress(), stakers);
    await expect(second).to.changeTokenBalances(p.ethers, p.token, [p.bonding, p.treasury], [stakers, treasury]);
    expect(await minter.settledMint()).to.deep.equal(mintOf(SUPPLY + stakers + treasury, START + 2n * STEP));
  });

  it("steps up below the target, down above it, and not at it", async function () {
    for (const [stake, inflation] of [
      [SUPPLY / 2n - 1n, START + STEP],
      [SUPPLY / 2n, START],
      [SUPPLY / 2n + 1n, START - STEP],
    ] as const) {
      const snapshot = await p.networkHelpers.takeSnapshot();
      await minter.advance(1, stake, 0);
      expect(await minter.inflation()).to.equal(inflation);
      await snapshot.restore();
    }
  });

  it("keeps the inflation between zero and the maximum", async function () {
    await p.minter.setParameters({
      inflationStep: ONE / 500n,
      maximumInflation: START,
      targetBondingRate: ONE / 2n,
      treasuryCut: 0,
    });
    await minter.advance(1, STAKE, 0);
    expect(await minter.inflation()).to.equal(START);
    await minter.advance(1, (SUPPLY * 9n) / 10n, 0);
    expect(await minter.inflation()).to.equal(0);
  });

  it("mints nothing without stake, and for less stake than the mint no more than there is", async function () {
    await minter.advance(3, 0, 0);
    expect(await minter.settledMint()).to.deep.equal([0n, 0n]);
    expect(await p.token.totalSupply()).to.equal(SUPPLY);
    await minter.advance(1, parseEther("90"), 0);
    expect(await minter.settledMint()).to.deep.equal([parseEther("90"), parseEther("10")]);
  });

  it("S6: mints for 60 rounds at once what it mints round by round", async function () {
    const snapshot = await p.networkHelpers.takeSnapshot();
    let active = STAKE;
    let log = 0n;
    for (let round = 0; round < 60; ++round) {
      const step = await minter.preview(1, active, 0);
      await minter.advance(1, active, 0);
      active += step.stakers;
      log += logGrowth(step.active, active);
    }
    const eager = [await p.token.totalSupply(), await minter.inflation(), ...(await minter.settledMint())];
    await snapshot.restore();

    const once = await minter.preview(60, STAKE, 0);
    await minter.advance(60, STAKE, 0);
    const lazy = [await p.token.totalSupply(), await minter.inflation(), ...(await minter.settledMint())];
    expect(lazy).to.deep.equal(eager);
    expect(once.active + once.stakers).to.equal(active);
    const all = once.log + logGrowth(once.active, active);
    expect(all >= log && all < log + 60n * 80n).to.equal(true);
  });

  it("tells the growth up to each marked round, and to no other", async function () {
    const all = await minter.preview(9, STAKE, 2n ** 256n - 1n);
    expect(all.marked).to.have.length(7);
    for (const [i, log] of all.marked.entries()) {
      const { log: alone } = await minter.preview(i + 2, STAKE, 0);
      expect(log - alone < 9n * 80n && alone - log < 9n * 80n).to.equal(true);
      const { marked } = await minter.preview(9, STAKE, 2n << BigInt(i));
      expect(marked).to.deep.equal([alone]);
    }
    expect((await minter.preview(9, STAKE, 1n | (1n << 8n) | (1n << 255n))).marked).to.deep.equal([]);
    expect((await minter.preview(1, STAKE, 2n ** 256n - 1n)).marked).to.deep.equal([]);
    expect((await minter.preview(300, STAKE, 2n ** 256n - 1n)).marked).to.have.length(255);
  });

  it("comes to rest where the inflation has fallen to zero, or risen to its maximum without stake", async function () {
    // In steps that are large enough for both to take a few rounds.
    const inflationStep = ONE / 10_000n;
    const maximumInflation = ONE / 1_000n;
    const parameters = { inflationStep, maximumInflation, targetBondingRate: ONE / 20n, treasuryCut: 0 };
    await p.minter.setParameters(parameters);
    for (const [active, inflation] of [
      [STAKE, 0n],
      [0n, maximumInflation],
    ] as const) {
      const snapshot = await p.networkHelpers.takeSnapshot();
      const rest = await minter.preview(20, active, 0);
      expect(await minter.preview(2n ** 40n, active, 0)).to.deep.equal(rest);
      await minter.advance(2n ** 40n, active, 0);
      expect(await minter.inflation()).to.equal(inflation);
      expect(await minter.settledMint()).to.deep.equal([0n, 0n]);
      await snapshot.restore();
    }
  });

  it("counts what is burnt in rounds nobody acts in as burnt", async function () {
    await p.token.burn(SUPPLY / 2n);
    await minter.advance(1, STAKE, 0);
    expect(await minter.settledMint()).to.deep.equal(mintOf(SUPPLY / 2n, START + STEP));
  });

  it("costs little for an idle round, and nothing once nothing changes any more", async function () {
    const gasOf = async (rounds: number, active: bigint): Promise<bigint> => {
      const snapshot = await p.networkHelpers.takeSnapshot();
      await minter.advance(1, active, 0); // what the next one gives
      const receipt = await (await minter.advance(rounds, active, 0)).wait();
      await snapshot.restore();
      return receipt!.gasUsed;
    };
    const one = await gasOf(1, STAKE);
    expect(one).to.be.at.most(106_000n);
    expect(await gasOf(1_001, STAKE)).to.be.at.most(one + 1_000n * 560n);
    const settled = await gasOf(10_001, STAKE);
    expect(settled).to.be.at.most(2_000_000n);
    // Only the call data may differ.
    for (const rounds of [5_001, 20_001]) {
      const difference = (await gasOf(rounds, STAKE)) - settled;
      expect(difference > -1_000n && difference < 1_000n, `${rounds} rounds`).to.equal(true);
    }
    // Without stake the inflation rises to its maximum, and there it stays.
    expect(await gasOf(20_001, 0n)).to.be.at.most(2_000_000n);
  });
});
