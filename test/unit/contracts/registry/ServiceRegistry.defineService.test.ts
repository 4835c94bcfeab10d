import { expect } from "chai";
import { id, parseEther, ZeroAddress } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { CPU, GPU, VERIFICATION } from "../../../fixtures/registry.ts";

const DEPOSIT = parseEther("100");

describe("ServiceRegistry.defineService", function () {
  let p: Protocol;
  let registry: Protocol["registry"];

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry.connect(p.stranger);
    await p.token.transfer(p.stranger, DEPOSIT);
    await p.token.connect(p.stranger).approve(registry, DEPOSIT);
  });

  it("knows the canonical services from the start: nobody's, without deposit", async function () {
    for (const [service, name] of [
      [CPU, "CPUTranscoding"],
      [GPU, "GPUTranscoding"],
      [VERIFICATION, "SegmentVerification"],
    ] as const) {
      const { name: known, definer, deposit } = await registry.serviceOf(service);
      expect([known, definer, deposit]).to.deep.equal([name, ZeroAddress, 0n]);
    }
    await expect(registry.serviceOf(id("Other")))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });

  it("reverts when it is paused", async function () {
    await p.registry.pause();
    await expect(registry.defineService("n", "")).to.be.revertedWithCustomError(registry, "EnforcedPause");
    await p.registry.unpause();
    await registry.defineService("n", "");
  });

  it("reverts for a name of 0 or 65 bytes, and for 257 bytes of metadata", async function () {
    for (const length of [0, 65]) {
      await expect(registry.defineService("n".repeat(length), ""))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
        .withArgs(length, 1, 64);
    }
    await expect(registry.defineService("n", "m".repeat(257)))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryLengthOutOfBounds")
      .withArgs(257, 0, 256);
  });

  it("reverts for a name in use", async function () {
    await expect(registry.defineService("CPUTranscoding", ""))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceExists")
      .withArgs(CPU);
    await registry.defineService("Captioning", "");
    await expect(registry.defineService("Captioning", ""))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceExists")
      .withArgs(id("Captioning"));
  });

  it("reverts without allowance or balance for the deposit", async function () {
    await p.token.connect(p.stranger).approve(registry, DEPOSIT - 1n);
    await expect(registry.defineService("n", ""))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientAllowance")
      .withArgs(await registry.getAddress(), DEPOSIT - 1n, DEPOSIT);
    await p.token.connect(p.stranger).approve(registry, DEPOSIT);
    await p.token.connect(p.stranger).transfer(p.deployer, 1);
    await expect(registry.defineService("n", ""))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(p.stranger.address, DEPOSIT - 1n, DEPOSIT);
  });

  it("defines a service for the deposit", async function () {
    const captioning = id("Captioning");
    expect(await registry.defineService.staticCall("Captioning", "ipfs://x")).to.equal(captioning);
    const defining = registry.defineService("Captioning", "ipfs://x");
    await expect(defining)
      .to.emit(registry, "ServiceDefined")
      .withArgs(captioning, p.stranger.address, "Captioning", "ipfs://x", DEPOSIT);
    await expect(defining).to.changeTokenBalances(p.ethers, p.token, [p.stranger, registry], [-DEPOSIT, DEPOSIT]);
    expect(await registry.serviceOf(captioning)).to.deep.equal(["Captioning", "ipfs://x", p.stranger.address, DEPOSIT]);
  });

  it("takes the longest texts", async function () {
    const [name, metadata] = ["n".repeat(64), "ä".repeat(128)];
    await registry.defineService(name, metadata);
    const service = await registry.serviceOf(id(name));
    expect([service.name, service.metadata]).to.deep.equal([name, metadata]);
  });
});
