import { expect } from "chai";
import { parseEther } from "ethers";
import { bondAs, loadProtocol, passRounds, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import {
  ALL_REGIONS,
  ascending,
  CELL,
  cells,
  CPU,
  defineAs,
  GPU,
  NO_REGION,
  PARENT,
  VERIFICATION,
} from "../../../fixtures/registry.ts";

describe("ServiceRegistry.setRegions", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator);
    await passRounds(p, 1n);
    registry = p.registry.connect(p.orchestrator);
    await registry.setServiceURI("https://node");
  });

  it("reverts for who is not registered", async function () {
    await expect(registry.connect(p.stranger).setRegions([]))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNotRegistered")
      .withArgs(p.stranger.address);
  });

  it("reverts for 33 regions", async function () {
    await expect(registry.setRegions(cells(33)))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryTooMany")
      .withArgs(33, 32);
  });

  it("reverts for what is no cell: 0, all ones, another mode, reserved bits", async function () {
    const others = [
      NO_REGION,
      ALL_REGIONS,
      CELL ^ (1n << 63n),
      CELL ^ (1n << 60n),
      CELL ^ (1n << 59n),
      CELL ^ (1n << 56n),
    ];
    for (const region of others) {
      await expect(registry.setRegions([PARENT, region]))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryNotACell")
        .withArgs(region);
    }
  });

  it("reverts for regions out of order, and for one that is named twice", async function () {
    for (const regions of [
      [CELL, PARENT],
      [CELL, CELL],
    ]) {
      await expect(registry.setRegions(regions))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryRegionsNotAscending")
        .withArgs(...regions);
    }
  });

  it("reverts for more than 64 services × regions", async function () {
    await registry.setServices(ascending([CPU, GPU, VERIFICATION]));
    await expect(registry.setRegions(cells(22)))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryTooManyPairs")
      .withArgs(66, 64);
    await registry.setRegions(cells(21));
  });

  it("reverts while the offer of an active orchestrator names a service that was withdrawn", async function () {
    const other = await defineAs(p, p.stranger, "Other");
    const bonding = p.bonding.connect(p.orchestrator);
    await bonding.unbond(parseEther("5000"));
    await registry.setServices([other]);
    await registry.connect(p.stranger).withdrawService(other);
    await registry.setRegions([CELL]); // inactive: nothing is listed

    await passRounds(p, 14n);
    await bonding.withdrawStake(0);
    await bondAs(p, p.orchestrator, parseEther("5000"), p.orchestrator);
    await passRounds(p, 1n);
    await expect(registry.setRegions([]))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(other);
  });

  it("replaces up to 32 regions, with nothing to list", async function () {
    const setting = registry.setRegions(cells(32));
    await expect(setting).to.emit(registry, "RegionsChanged").withArgs(p.orchestrator.address, cells(32));
    await expect(setting).not.to.emit(registry, "ListingChanged");
    await registry.setRegions([PARENT, CELL]);
    expect(await registry.getOffer(p.orchestrator)).to.deep.equal(["https://node", [], [PARENT, CELL], false]);
  });

  it("moves a listed offer from the old regions to the new ones", async function () {
    const counts = () =>
      Promise.all([NO_REGION, PARENT, CELL, ALL_REGIONS].map((region) => registry.offerCount(CPU, region)));
    await registry.setServices([CPU]);
    expect(await counts()).to.deep.equal([1n, 0n, 0n, 1n]);
    await expect(registry.setRegions([CELL])).not.to.emit(registry, "ListingChanged");
    expect(await counts()).to.deep.equal([0n, 0n, 1n, 1n]);
    await registry.setRegions([PARENT]);
    expect(await counts()).to.deep.equal([0n, 1n, 0n, 1n]);
    await registry.setRegions([]);
    expect(await counts()).to.deep.equal([1n, 0n, 0n, 1n]);
  });

  it("drops an offer whose orchestrator has become inactive", async function () {
    await registry.setServices([CPU]);
    await p.bonding.connect(p.orchestrator).unbond(parseEther("5000"));
    await expect(registry.setRegions([CELL]))
      .to.emit(registry, "ListingChanged")
      .withArgs(p.orchestrator.address, false);
    expect(await registry.offerCount(CPU, ALL_REGIONS)).to.equal(0);
    expect(await registry.offerCount(CPU, CELL)).to.equal(0);
  });
});
