import { expect } from "chai";
import { id } from "ethers";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const [CPU, GPU, VERIFICATION] = ["CPUTranscoding", "GPUTranscoding", "SegmentVerification"].map(id) as [
  string,
  string,
  string,
];

describe("ServiceRegistry", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    await registerAs(p, p.orchestrator, { selfStake: 0n });
    registry = p.registry.connect(p.orchestrator);
  });

  it("lets nobody but registered orchestrators write", async function () {
    const strangers = p.registry.connect(p.stranger);
    for (const call of [strangers.setServiceURI("a"), strangers.setServices([]), strangers.setRegions([])]) {
      await expect(call)
        .to.be.revertedWithCustomError(registry, "ServiceRegistryNotRegistered")
        .withArgs(p.stranger.address);
    }
  });

  describe("setServiceURI", function () {
    it("reverts for 0 and for 257 bytes", async function () {
      for (const length of [0, 257]) {
        await expect(registry.setServiceURI("a".repeat(length)))
          .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
          .withArgs(length, 1, 256);
      }
    });

    it("counts bytes, not letters", async function () {
      await expect(registry.setServiceURI("ä".repeat(129))).to.be.revertedWithCustomError(
        registry,
        "ServiceRegistryLengthOutOfBounds",
      );
    });

    it("stores 1 to 256 bytes", async function () {
      for (const uri of ["a", "b".repeat(256), "https://node.example:8935"]) {
        await expect(registry.setServiceURI(uri))
          .to.emit(registry, "ServiceURIChanged")
          .withArgs(p.orchestrator.address, uri);
        expect(await registry.getOffer(p.orchestrator)).to.deep.equal([uri, [], []]);
      }
    });
  });

  describe("setServices", function () {
    it("reverts for too many, unknown or repeated services", async function () {
      await expect(registry.setServices(Array<string>(17).fill(CPU)))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryTooMany")
        .withArgs(17, 16);
      await expect(registry.setServices([CPU, id("Other")]))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
        .withArgs(id("Other"));
      await expect(registry.setServices([CPU, GPU, CPU]))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryDuplicateService")
        .withArgs(CPU);
    });

    it("replaces the offer and its entries in the lists", async function () {
      await expect(registry.setServices([CPU, GPU]))
        .to.emit(registry, "ServicesChanged")
        .withArgs(p.orchestrator.address, [CPU, GPU]);
      await registry.setServices([VERIFICATION, GPU]);
      expect((await registry.getOffer(p.orchestrator)).services).to.deep.equal([VERIFICATION, GPU]);
      const counts = () => Promise.all([CPU, GPU, VERIFICATION].map((service) => registry.offerCount(service)));
      expect(await counts()).to.deep.equal([0n, 1n, 1n]);
      await registry.setServices([]);
      expect(await counts()).to.deep.equal([0n, 0n, 0n]);
    });
  });

  describe("setRegions", function () {
    it("reverts for 33 regions", async function () {
      await expect(registry.setRegions(Array<bigint>(33).fill(1n)))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryTooMany")
        .withArgs(33, 32);
    });

    it("replaces the regions", async function () {
      const regions = Array.from({ length: 32 }, (_, i) => 0x85283473fffffffn + BigInt(i));
      await expect(registry.setRegions(regions))
        .to.emit(registry, "RegionsChanged")
        .withArgs(p.orchestrator.address, regions);
      expect((await registry.getOffer(p.orchestrator)).regions).to.deep.equal(regions);
      await registry.setRegions([5]);
      expect((await registry.getOffer(p.orchestrator)).regions).to.deep.equal([5n]);
    });
  });

  describe("defineService", function () {
    it("reverts for texts out of bounds and for a name in use", async function () {
      for (const length of [0, 65]) {
        await expect(p.registry.defineService("n".repeat(length), ""))
          .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
          .withArgs(length, 1, 64);
      }
      await expect(p.registry.defineService("n", "m".repeat(257)))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
        .withArgs(257, 0, 256);
      await expect(p.registry.defineService("CPUTranscoding", ""))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceExists")
        .withArgs(CPU);
    });

    it("defines a service that can then be offered", async function () {
      expect(await p.registry.defineService.staticCall("Captioning", "ipfs://x")).to.equal(id("Captioning"));
      await expect(p.registry.defineService("Captioning", "ipfs://x"))
        .to.emit(registry, "ServiceDefined")
        .withArgs(id("Captioning"), "Captioning", "ipfs://x");
      expect(await registry.serviceOf(id("Captioning"))).to.deep.equal(["Captioning", "ipfs://x"]);
      await registry.setServices([id("Captioning")]);
    });
  });

  it("knows the canonical services from the start, and no other", async function () {
    for (const name of ["CPUTranscoding", "GPUTranscoding", "SegmentVerification"]) {
      expect((await registry.serviceOf(id(name))).name).to.equal(name);
    }
    await expect(registry.serviceOf(id("Other")))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });
});
