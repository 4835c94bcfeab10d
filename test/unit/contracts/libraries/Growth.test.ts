import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";
import { afterCut, grow, logGrowth } from "../../../../sim/model/staking/growth.ts";
import type { GrowthHarness } from "../../../../types/index.ts";

const ONE = 10n ** 18n;
const LN_2 = 54_916_777_467_707_473_351_141_471_129n;
const RUNS = { numRuns: 300, seed: 20_260_101 };

describe("Growth", () => {
  let growth: GrowthHarness;
  before(async () => {
    const { ethers } = await network.create();
    growth = await ethers.deployContract("GrowthHarness");
  });

  it("computes logarithms as the model does, to the bit", async () => {
    const pair = fc
      .tuple(fc.bigInt(1n, 2n ** 126n), fc.bigInt(0n, 3n * 10n ** 9n))
      .map(([before, part]) => [before, before + (before * part) / 10n ** 9n] as const);
    await fc.assert(
      fc.asyncProperty(pair, async ([before, after]) => {
        expect(await growth.logDown(before, after)).to.equal(logGrowth(before, after));
      }),
      RUNS,
    );
  });

  it("computes powers as the model does, to the bit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 2n ** 95n - 1n), fc.bigInt(0n, 64n * LN_2 - 1n), async (amount, log) => {
        expect(await growth.growDown(amount, log)).to.equal(grow(amount, log));
      }),
      RUNS,
    );
  });

  it("cuts as the model does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 2n ** 110n), fc.bigInt(0n, ONE), async (log, cut) => {
        expect(await growth.afterCutDown(log, cut)).to.equal(afterCut(log, cut));
      }),
      RUNS,
    );
  });

  it("refuses what is no growth", async () => {
    for (const [before, after] of [
      [0n, 1n],
      [2n, 1n],
      [1n, 5n],
    ] as const) {
      await expect(growth.logDown(before, after))
        .to.be.revertedWithCustomError(growth, "GrowthOutOfBounds")
        .withArgs(before, after);
    }
    expect(await growth.logDown(1n, 4n)).to.equal(logGrowth(1n, 4n));
  });

  it("grows nothing by nothing, and anything by nothing to itself", async () => {
    expect(await growth.logDown(5n, 5n)).to.equal(0n);
    expect(await growth.growDown(0n, LN_2)).to.equal(0n);
    expect(await growth.growDown(7n, 0n)).to.equal(7n);
    expect(await growth.afterCutDown(9n, 0n)).to.equal(9n);
    expect(await growth.afterCutDown(9n, ONE)).to.equal(0n);
  });

  it("reverts for a cut above one whole", async () => {
    await expect(growth.afterCutDown(9n, ONE + 1n)).to.be.revertedWithPanic(0x11);
  });

  it("refuses growth beyond any supply", async () => {
    for (const log of [64n * LN_2, 65n * LN_2]) {
      await expect(growth.growDown(1n, log))
        .to.be.revertedWithCustomError(growth, "GrowthTooLarge")
        .withArgs(log, 64n * LN_2);
    }
    expect(await growth.growDown(1n, 64n * LN_2 - 1n)).to.equal(grow(1n, 64n * LN_2 - 1n));
  });

  it("costs little where stake grows as it does in a day, and in thirty", async () => {
    const supply = 10_000_000n * ONE;
    // 0.08 % of the stake.
    const [log, logGas] = await growth.meteredLog(supply, supply + (supply * 8n) / 10_000n);
    const [, growGas] = await growth.meteredGrow(supply, log);
    const [, monthGas] = await growth.meteredGrow(supply, 30n * log);
    expect(logGas).to.be.at.most(800n);
    expect(growGas).to.be.at.most(1_300n);
    expect(monthGas).to.be.at.most(1_800n);
  });
});
