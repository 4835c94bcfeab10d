import { expect } from "chai";
import { parseEther } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { CPU, defineAs } from "../../../fixtures/registry.ts";

const LEAST = parseEther("1");
const MOST = parseEther("100000");

describe("ServiceRegistry.setParameters", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
  });

  it("reverts outside the bounds", async function () {
    for (const serviceDeposit of [0n, LEAST - 1n, MOST + 1n]) {
      await expect(registry.setParameters({ serviceDeposit }))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryDepositOutOfBounds")
        .withArgs(serviceDeposit, LEAST, MOST);
    }
  });

  it("changes what later services cost, and no earlier one", async function () {
    const first = await defineAs(p, p.stranger, "first");
    for (const serviceDeposit of [LEAST, MOST]) {
      const [old] = await registry.parameters();
      await expect(registry.setParameters({ serviceDeposit }))
        .to.emit(registry, "ParametersChanged")
        .withArgs([old], [serviceDeposit]);
      expect(await registry.parameters()).to.deep.equal([serviceDeposit]);
    }
    const second = await defineAs(p, p.stranger, "second");
    expect((await registry.serviceOf(first)).deposit).to.equal(parseEther("100"));
    expect((await registry.serviceOf(second)).deposit).to.equal(MOST);
    expect((await registry.serviceOf(CPU)).deposit).to.equal(0);
  });
});
