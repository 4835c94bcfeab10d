import { expect } from "chai";
import { id, parseEther } from "ethers";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const CPU = id("CPUTranscoding");
const GPU = id("GPUTranscoding");

describe("ServiceRegistry.list", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  /** Six offers of CPU: 0 and 3 active, 1 without URI, 2 inactive, 4 active with more stake, 5 active; 4 offers GPU, too. */
  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
    for (const [i, node] of p.others.slice(0, 6).entries()) {
      await registerAs(p, node, { selfStake: parseEther(i === 2 ? "4999" : i === 4 ? "6000" : "5000") });
      if (i !== 1) await registry.connect(node).setServiceURI(`https://node${i}`);
      await registry.connect(node).setServices(i === 4 ? [CPU, GPU] : [CPU]);
      await registry.connect(node).setRegions([i, i + 100]);
    }
  });

  const found = async (service: string, minStake: bigint, cursor: number | bigint, limit: number) => {
    const { page, nextCursor } = await registry.list(service, minStake, cursor, limit);
    return [page.map(({ uri }) => uri), nextCursor];
  };

  it("reverts for an unknown service and for a page out of bounds", async function () {
    await expect(registry.list(id("Other"), 0, 0, 10)).to.be.revertedWithCustomError(
      registry,
      "ServiceRegistryUnknownService",
    );
    for (const limit of [0, 101]) {
      await expect(registry.list(CPU, 0, 0, limit))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryPageOutOfBounds")
        .withArgs(limit, 1, 100);
    }
  });

  it("gives the active offers with a URI, whole", async function () {
    const { page, nextCursor } = await registry.list(CPU, 0, 0, 100);
    expect(nextCursor).to.equal(0);
    expect(page).to.deep.equal(
      [0, 3, 4, 5].map((i) => [
        p.others[i]!.address,
        `https://node${i}`,
        parseEther(i === 4 ? "6000" : "5000"),
        [BigInt(i), BigInt(i + 100)],
      ]),
    );
  });

  it("filters by service and by stake, the bound included", async function () {
    expect(await found(GPU, 0n, 0, 100)).to.deep.equal([["https://node4"], 0n]);
    expect(await found(CPU, parseEther("6000"), 0, 100)).to.deep.equal([["https://node4"], 0n]);
    expect(await found(CPU, parseEther("6000") + 1n, 0, 100)).to.deep.equal([[], 0n]);
    expect(await found(id("SegmentVerification"), 0n, 0, 100)).to.deep.equal([[], 0n]);
  });

  it("goes on where the last page ended, short pages included", async function () {
    expect(await found(CPU, 0n, 0, 1)).to.deep.equal([["https://node0"], 1n]);
    expect(await found(CPU, 0n, 1, 2)).to.deep.equal([[], 3n]);
    expect(await found(CPU, 0n, 3, 2)).to.deep.equal([["https://node3", "https://node4"], 5n]);
    expect(await found(CPU, 0n, 5, 2)).to.deep.equal([["https://node5"], 0n]);
    expect(await found(CPU, 0n, 6, 2)).to.deep.equal([[], 0n]);
    expect(await found(CPU, 0n, 2n ** 256n - 1n, 100)).to.deep.equal([[], 0n]);
  });

  it("leaves out who has withdrawn an offer or lost the stake", async function () {
    await registry.connect(p.others[0]).setServices([]);
    await p.bonding.connect(p.others[3]).unbond(1);
    expect(await found(CPU, 0n, 0, 100)).to.deep.equal([["https://node5", "https://node4"], 0n]);
  });
});
