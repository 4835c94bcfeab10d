import { expect } from "chai";
import { id, parseEther } from "ethers";
import { bondAs, loadProtocol, passRounds, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import {
  ALL_REGIONS,
  ascending,
  cells,
  CPU,
  defineAs,
  GPU,
  NO_REGION,
  VERIFICATION,
} from "../../../fixtures/registry.ts";

describe("ServiceRegistry.setServices", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  const counts = (region: bigint) =>
    Promise.all([CPU, GPU, VERIFICATION].map((service) => registry.offerCount(service, region)));

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator);
    await passRounds(p, 1n);
    registry = p.registry.connect(p.orchestrator);
    await registry.setServiceURI("https://node");
  });

  it("reverts for who is not registered", async function () {
    await expect(registry.connect(p.stranger).setServices([]))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNotRegistered")
      .withArgs(p.stranger.address);
  });

  it("reverts for 17 services", async function () {
    await expect(registry.setServices(Array<string>(17).fill(CPU)))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryTooMany")
      .withArgs(17, 16);
  });

  it("reverts for services out of order, and for one that is named twice", async function () {
    const [first, second] = ascending([CPU, GPU]) as [string, string];
    for (const ids of [
      [second, first],
      [second, second],
    ]) {
      await expect(registry.setServices(ids))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryServicesNotAscending")
        .withArgs(...ids);
    }
  });

  it("reverts for a service that nobody has defined", async function () {
    await expect(registry.setServices(ascending([CPU, id("Other")])))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });

  it("reverts without a URI, unless there is nothing to list", async function () {
    await registerAs(p, p.stranger);
    const other = registry.connect(p.stranger);
    await expect(other.setServices([CPU]))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNoURI")
      .withArgs(p.stranger.address);
    await other.setServices([]);
  });

  it("reverts for more than 64 services × regions", async function () {
    await registry.setRegions(cells(32));
    await expect(registry.setServices(ascending([CPU, GPU, VERIFICATION])))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryTooManyPairs")
      .withArgs(96, 64);
    await registry.setServices(ascending([CPU, GPU]));
  });

  it("lists an active orchestrator, and takes it out of the lists that it leaves", async function () {
    const first = registry.setServices(ascending([CPU, GPU]));
    await expect(first)
      .to.emit(registry, "ServicesChanged")
      .withArgs(p.orchestrator.address, ascending([CPU, GPU]));
    await expect(first).to.emit(registry, "ListingChanged").withArgs(p.orchestrator.address, true);
    expect(await counts(ALL_REGIONS)).to.deep.equal([1n, 1n, 0n]);
    expect(await counts(NO_REGION)).to.deep.equal([1n, 1n, 0n]);

    const services = ascending([VERIFICATION, GPU]);
    await expect(registry.setServices(services)).not.to.emit(registry, "ListingChanged");
    expect(await registry.getOffer(p.orchestrator)).to.deep.equal(["https://node", services, [], true]);
    expect(await counts(ALL_REGIONS)).to.deep.equal([0n, 1n, 1n]);
    expect(await counts(NO_REGION)).to.deep.equal([0n, 1n, 1n]);

    await expect(registry.setServices([])).to.emit(registry, "ListingChanged").withArgs(p.orchestrator.address, false);
    expect(await registry.getOffer(p.orchestrator)).to.deep.equal(["https://node", [], [], false]);
    expect(await counts(ALL_REGIONS)).to.deep.equal([0n, 0n, 0n]);
    expect(await counts(NO_REGION)).to.deep.equal([0n, 0n, 0n]);
  });

  it("lists under each region that the offer names, and not under 0", async function () {
    const regions = cells(3);
    await registry.setRegions(regions);
    await registry.setServices([CPU]);
    for (const region of regions) expect(await counts(region)).to.deep.equal([1n, 0n, 0n]);
    expect(await counts(NO_REGION)).to.deep.equal([0n, 0n, 0n]);
    expect(await counts(ALL_REGIONS)).to.deep.equal([1n, 0n, 0n]);
  });

  it("stores the offer of an inactive orchestrator without listing it, and drops one that has become inactive", async function () {
    await registry.setServices([CPU]);
    await p.bonding.connect(p.orchestrator).unbond(parseEther("5000"));
    expect(await counts(ALL_REGIONS)).to.deep.equal([1n, 0n, 0n]);
    await expect(registry.setServices([GPU]))
      .to.emit(registry, "ListingChanged")
      .withArgs(p.orchestrator.address, false);
    expect(await counts(ALL_REGIONS)).to.deep.equal([0n, 0n, 0n]);
    await expect(registry.setServices([VERIFICATION])).not.to.emit(registry, "ListingChanged");
    expect(await registry.getOffer(p.orchestrator)).to.deep.equal(["https://node", [VERIFICATION], [], false]);
    expect(await counts(ALL_REGIONS)).to.deep.equal([0n, 0n, 0n]);

    await bondAs(p, p.orchestrator, parseEther("5000"), p.orchestrator);
    await expect(registry.setServices([VERIFICATION]))
      .to.emit(registry, "ListingChanged")
      .withArgs(p.orchestrator.address, true);
    expect(await counts(ALL_REGIONS)).to.deep.equal([0n, 0n, 1n]);
  });

  it("does not list an orchestrator in the round of its bond", async function () {
    await registerAs(p, p.stranger);
    const other = registry.connect(p.stranger);
    await other.setServiceURI("https://other");
    await expect(other.setServices([CPU])).not.to.emit(registry, "ListingChanged");
    expect((await registry.getOffer(p.stranger)).listed).to.equal(false);
    await passRounds(p, 1n);
    await expect(registry.refresh(p.stranger)).to.emit(registry, "ListingChanged").withArgs(p.stranger.address, true);
  });

  it("takes 16 services", async function () {
    const names = Array.from({ length: 16 }, (_, i) => `service ${i}`);
    const ids = [];
    for (const name of names) ids.push(await defineAs(p, p.stranger, name));
    await registry.setServices(ascending(ids));
    expect((await registry.getOffer(p.orchestrator)).services).to.deep.equal(ascending(ids));
    expect(await registry.offerCount(ids[7]!, ALL_REGIONS)).to.equal(1);
    expect(await p.token.balanceOf(registry)).to.equal(parseEther("1600"));
  });
});
