import { expect } from "chai";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("ServiceRegistry.setServiceURI", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator, { selfStake: 0n });
    registry = p.registry.connect(p.orchestrator);
  });

  it("reverts for who is not registered", async function () {
    await expect(registry.connect(p.stranger).setServiceURI("a"))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNotRegistered")
      .withArgs(p.stranger.address);
  });

  it("reverts for 0 and for 257 bytes", async function () {
    for (const length of [0, 257]) {
      await expect(registry.setServiceURI("a".repeat(length)))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
        .withArgs(length, 1, 256);
    }
  });

  it("counts bytes, not letters", async function () {
    await expect(registry.setServiceURI("ä".repeat(129)))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
      .withArgs(258, 1, 256);
  });

  it("stores 1 to 256 bytes, active or not", async function () {
    for (const uri of ["a", "b".repeat(256), "https://node.example:8935"]) {
      await expect(registry.setServiceURI(uri))
        .to.emit(registry, "ServiceURIChanged")
        .withArgs(p.orchestrator.address, uri);
      expect(await registry.getOffer(p.orchestrator)).to.deep.equal([uri, [], [], false]);
    }
  });
});
