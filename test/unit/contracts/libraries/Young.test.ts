import { expect } from "chai";
import { network } from "hardhat";
import type { YoungHarness } from "../../../../types/index.ts";

const NONE = [0n, 0n, 0n, 0n] as const;

describe("Young", () => {
  let young: YoungHarness;
  before(async () => {
    const { ethers } = await network.create();
    young = await ethers.deployContract("YoungHarness");
  });

  type Generations = readonly [from0: bigint, units0: bigint, from1: bigint, units1: bigint];
  const named = ([from0, units0, from1, units1]: Generations) => ({ from0, units0, from1, units1 });
  const add = async (to: Generations, from: bigint, units: bigint) => [...(await young.add(named(to), from, units))];
  const remove = async (of: Generations, from: bigint, units: bigint) => [
    ...(await young.remove(named(of), from, units)),
  ];

  it("holds two generations, the older one first, and no third", async () => {
    expect(await add(NONE, 7n, 3n)).to.deep.equal([7n, 3n, 0n, 0n]);
    expect(await add([7n, 3n, 0n, 0n], 7n, 2n)).to.deep.equal([7n, 5n, 0n, 0n]);
    expect(await add([7n, 3n, 0n, 0n], 8n, 2n)).to.deep.equal([7n, 3n, 8n, 2n]);
    expect(await add([7n, 3n, 8n, 2n], 8n, 1n)).to.deep.equal([7n, 3n, 8n, 3n]);
    await expect(add([7n, 3n, 8n, 2n], 9n, 1n))
      .to.be.revertedWithCustomError(young, "YoungFull")
      .withArgs(9);
  });

  it("makes room for the next one where one has gone", async () => {
    expect(await add([7n, 0n, 8n, 2n], 9n, 1n)).to.deep.equal([8n, 2n, 9n, 1n]);
    expect(await add([7n, 0n, 8n, 2n], 8n, 1n)).to.deep.equal([7n, 0n, 8n, 3n]);
    expect(await add([7n, 3n, 8n, 0n], 9n, 1n)).to.deep.equal([7n, 3n, 9n, 1n]);
    expect(await add([7n, 0n, 8n, 0n], 9n, 1n)).to.deep.equal([9n, 1n, 8n, 0n]);
  });

  it("takes units from the generation that has them", async () => {
    expect(await remove([7n, 3n, 8n, 2n], 7n, 3n)).to.deep.equal([7n, 0n, 8n, 2n]);
    expect(await remove([7n, 3n, 8n, 2n], 8n, 1n)).to.deep.equal([7n, 3n, 8n, 1n]);
    expect(await remove([8n, 0n, 8n, 2n], 8n, 2n)).to.deep.equal([8n, 0n, 8n, 0n]);
    expect(await remove([7n, 3n, 0n, 0n], 9n, 0n)).to.deep.equal([7n, 3n, 0n, 0n]);
  });

  it("counts only generations that have units", async () => {
    for (const [from, units] of [
      [7n, 3n],
      [8n, 2n],
      [9n, 0n],
    ] as const) {
      expect(await young.unitsOf(named([7n, 3n, 8n, 2n]), from)).to.equal(units);
    }
    expect(await young.unitsOf(named([8n, 0n, 8n, 2n]), 8)).to.equal(2);
    expect(await young.unitsOf(named([7n, 0n, 8n, 2n]), 7)).to.equal(0);
  });
});
