import { expect } from "chai";
import { id, MaxUint256, parseEther } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { ALL_REGIONS, CELL, CPU, GPU, NO_REGION, offerAll, PARENT, VERIFICATION } from "../../../fixtures/registry.ts";

describe("ServiceRegistry.list", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  /** Six nodes that offer CPU; 2 without enough stake; 4 with more than it needs and with GPU, too; 1 and 4 in one cell, 5 in a larger one. */
  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
    await offerAll(p, p.others.slice(0, 6), (i) => ({
      uri: `https://node${i}`,
      services: i === 4 ? [CPU, GPU] : [CPU],
      regions: i === 1 || i === 4 ? [CELL] : i === 5 ? [PARENT] : [],
      selfStake: parseEther(i === 2 ? "4999" : i === 4 ? "6000" : "5000"),
    }));
  });

  const find = async (service: string, region: bigint, minStake: bigint, cursor: number | bigint, limit: number) => {
    const { page, nextCursor } = await registry.list(service, region, minStake, cursor, limit);
    return [page.map(({ uri }) => Number(uri.at(-1))), nextCursor];
  };
  const all = (minStake = 0n, service = CPU) => find(service, ALL_REGIONS, minStake, 0, 100);

  it("reverts for a service that nobody has defined", async function () {
    await expect(registry.list(id("Other"), ALL_REGIONS, 0, 0, 10))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });

  it("reverts for a page out of bounds", async function () {
    for (const limit of [0n, 101n, MaxUint256]) {
      await expect(registry.list(CPU, ALL_REGIONS, 0, 0, limit))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryPageOutOfBounds")
        .withArgs(limit, 1, 100);
    }
  });

  it("gives the offers of active orchestrators, whole, the newest first", async function () {
    const { page, nextCursor } = await registry.list(CPU, ALL_REGIONS, 0, 0, 100);
    expect(nextCursor).to.equal(0);
    expect(page).to.deep.equal(
      [5, 4, 3, 1, 0].map((i) => [
        p.others[i]!.address,
        `https://node${i}`,
        parseEther(i === 4 ? "6000" : "5000"),
        i === 1 || i === 4 ? [CELL] : i === 5 ? [PARENT] : [],
      ]),
    );
  });

  it("filters by service", async function () {
    expect(await all(0n, GPU)).to.deep.equal([[4], 0n]);
    expect(await all(0n, VERIFICATION)).to.deep.equal([[], 0n]);
  });

  it("filters by stake, the bound included", async function () {
    expect(await all(parseEther("6000"))).to.deep.equal([[4], 0n]);
    expect(await all(parseEther("6000") + 1n)).to.deep.equal([[], 0n]);
  });

  it("filters by region: exactly the cell, or no region at all", async function () {
    expect(await find(CPU, CELL, 0n, 0, 100)).to.deep.equal([[4, 1], 0n]);
    expect(await find(CPU, PARENT, 0n, 0, 100)).to.deep.equal([[5], 0n]);
    expect(await find(CPU, NO_REGION, 0n, 0, 100)).to.deep.equal([[3, 0], 0n]);
    expect(await find(GPU, CELL, 0n, 0, 100)).to.deep.equal([[4], 0n]);
    expect(await find(GPU, PARENT, 0n, 0, 100)).to.deep.equal([[], 0n]);
    expect(await find(CPU, CELL + 1n, 0n, 0, 100)).to.deep.equal([[], 0n]);
  });

  it("goes on where the last page ended, short pages included", async function () {
    expect(await find(CPU, ALL_REGIONS, 0n, 0, 2)).to.deep.equal([[5, 4], 3n]);
    expect(await find(CPU, ALL_REGIONS, parseEther("5001"), 3, 2)).to.deep.equal([[], 1n]);
    expect(await find(CPU, ALL_REGIONS, 0n, 1, 2)).to.deep.equal([[0], 0n]);
    expect(await find(CPU, ALL_REGIONS, 0n, 0, 5)).to.deep.equal([[5, 4, 3, 1, 0], 0n]);
    expect(await find(CPU, ALL_REGIONS, 0n, MaxUint256, 1)).to.deep.equal([[5], 4n]);
    expect(await find(CPU, CELL, 0n, 0, 1)).to.deep.equal([[4], 1n]);
    expect(await find(CPU, CELL, 0n, 1, 1)).to.deep.equal([[1], 0n]);
  });

  it("leaves out who has withdrawn an offer or lost the stake, refreshed or not", async function () {
    await registry.connect(p.others[0]).setServices([]);
    await p.bonding.connect(p.others[3]).unbond(parseEther("5000"));
    expect(await all()).to.deep.equal([[4, 1, 5], 0n]);
    expect(await registry.offerCount(CPU, ALL_REGIONS)).to.equal(4);
    await registry.refresh(p.others[3]!);
    expect(await all()).to.deep.equal([[4, 1, 5], 0n]);
    expect(await registry.offerCount(CPU, ALL_REGIONS)).to.equal(3);
  });

  it("finds who stays listed, whoever leaves and comes between two pages", async function () {
    expect(await find(CPU, ALL_REGIONS, 0n, 0, 2)).to.deep.equal([[5, 4], 3n]);
    // 0 is not seen yet: the last one, which is, takes its place. Then two come back behind the cursor.
    await registry.connect(p.others[0]).setServices([]);
    await registry.connect(p.others[4]).setServices([]);
    await registry.connect(p.others[4]).setServices([CPU]);
    expect(await find(CPU, ALL_REGIONS, 0n, 3, 2)).to.deep.equal([[3, 1], 1n]);
    expect(await find(CPU, ALL_REGIONS, 0n, 1, 2)).to.deep.equal([[5], 0n]);
  });
});
