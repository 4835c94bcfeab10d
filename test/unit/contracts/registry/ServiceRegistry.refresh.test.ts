import { expect } from "chai";
import { parseEther } from "ethers";
import { bondAs, loadProtocol, passRounds } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import {
  ALL_REGIONS,
  ascending,
  CELL,
  CPU,
  defineAs,
  GPU,
  NO_REGION,
  offerAll,
  offerAs,
} from "../../../fixtures/registry.ts";

describe("ServiceRegistry.refresh", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry.connect(p.stranger);
  });

  it("reverts for an active orchestrator that names a service that was withdrawn, until it names others", async function () {
    const other = await defineAs(p, p.delegator, "Other");
    await offerAs(p, p.orchestrator, { services: [CPU, other], selfStake: parseEther("4999") });
    await registry.connect(p.delegator).withdrawService(other);
    await bondAs(p, p.orchestrator, parseEther("1"), p.orchestrator);
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(false); // active from the next round on
    await passRounds(p, 1n);
    await expect(registry.refresh(p.orchestrator))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(other);
    await registry.connect(p.orchestrator).setServices([CPU]);
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(true);
  });

  it("has nothing to do for who offers nothing, registered or not", async function () {
    expect(await registry.refresh.staticCall(p.stranger)).to.equal(false);
    await offerAs(p, p.orchestrator, { services: [] });
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(false);
    await expect(registry.refresh(p.orchestrator)).not.to.emit(registry, "ListingChanged");
  });

  it("drops an inactive offer from all its lists, and brings an active one back into them", async function () {
    const keys = [
      [CPU, CELL],
      [GPU, CELL],
      [CPU, ALL_REGIONS],
      [GPU, ALL_REGIONS],
      [CPU, NO_REGION],
    ] as const;
    const counts = () => Promise.all(keys.map(([service, region]) => registry.offerCount(service, region)));
    await offerAs(p, p.orchestrator, { services: [CPU, GPU], regions: [CELL] });
    await p.bonding.connect(p.orchestrator).unbond(parseEther("5000"));
    expect(await counts()).to.deep.equal([1n, 1n, 1n, 1n, 0n]);

    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(false);
    await expect(registry.refresh(p.orchestrator))
      .to.emit(registry, "ListingChanged")
      .withArgs(p.orchestrator.address, false);
    expect(await counts()).to.deep.equal([0n, 0n, 0n, 0n, 0n]);
    const services = ascending([CPU, GPU]);
    expect(await registry.getOffer(p.orchestrator)).to.deep.equal(["https://node", services, [CELL], false]);
    await expect(registry.refresh(p.orchestrator)).not.to.emit(registry, "ListingChanged");

    await bondAs(p, p.orchestrator, parseEther("5000"), p.orchestrator);
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(true);
    await expect(registry.refresh(p.orchestrator))
      .to.emit(registry, "ListingChanged")
      .withArgs(p.orchestrator.address, true);
    expect(await counts()).to.deep.equal([1n, 1n, 1n, 1n, 0n]);
    expect((await registry.getOffer(p.orchestrator)).listed).to.equal(true);
  });

  it("leaves a listed offer in its place", async function () {
    await offerAll(p, [p.orchestrator, p.others[0]!], (i) => ({ uri: i === 0 ? "https://first" : "https://second" }));
    await expect(registry.refresh(p.orchestrator)).not.to.emit(registry, "ListingChanged");
    const { page } = await registry.list(CPU, ALL_REGIONS, 0, 0, 2);
    expect(page.map(({ uri }) => uri)).to.deep.equal(["https://second", "https://first"]);
  });

  it("follows the stored flag: a raised minimum binds once somebody touches the pool", async function () {
    await offerAs(p, p.orchestrator);
    await p.bonding.setParameters({ ...p.parameters.bonding, minimumStake: parseEther("100000") });
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(true);
    await p.bonding.reward(p.orchestrator);
    expect(await registry.refresh.staticCall(p.orchestrator)).to.equal(false);
  });
});
