import { expect } from "chai";
import { hexlify, id, parseEther, randomBytes, ZeroAddress, ZeroHash } from "ethers";
import { loadProtocol, passRounds } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { ascending, CPU, defineAs, offerAll, offerAs } from "../../../fixtures/registry.ts";

const DEPOSIT = parseEther("100");

describe("ServiceRegistry.withdrawService", function () {
  let p: Protocol;
  let registry: Protocol["registry"];
  let service: string;

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry.connect(p.stranger);
    service = await defineAs(p, p.stranger, "Captioning");
  });

  it("reverts for a service that nobody has defined", async function () {
    await expect(registry.withdrawService(id("Other")))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });

  it("reverts for anybody but the definer; a canonical service has none", async function () {
    await expect(p.registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNotDefiner")
      .withArgs(p.deployer.address, p.stranger.address);
    await expect(p.registry.withdrawService(CPU))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNotDefiner")
      .withArgs(p.deployer.address, ZeroAddress);
  });

  it("reverts while a listed offer names it", async function () {
    await offerAll(p, [p.orchestrator, p.others[0]!], (i) => ({ services: i === 0 ? [CPU, service] : [service] }));
    await expect(registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceOffered")
      .withArgs(service, 2);
    await registry.connect(p.orchestrator).setServices([CPU]);
    await p.bonding.connect(p.others[0]).unbond(parseEther("5000"));
    await expect(registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceOffered")
      .withArgs(service, 1);
    await registry.refresh(p.others[0]!);
    await registry.withdrawService(service);
  });

  it("is not held up by offers without stake", async function () {
    await offerAs(p, p.orchestrator, { services: ascending([CPU, service]), selfStake: parseEther("4999") });
    await registry.withdrawService(service);
    expect((await registry.getOffer(p.orchestrator)).services).to.deep.equal(ascending([CPU, service]));
  });

  it("reverts while a verification function is approved, waits to be, or waits to be removed", async function () {
    const program = hexlify(randomBytes(32));
    const module = await p.treasury.getAddress();
    await p.registry.approveVerification(service, module, program);
    await expect(registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceVerified")
      .withArgs(service, module, 16);
    await passRounds(p, 20n);
    await expect(registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceVerified")
      .withArgs(service, module, 16);
    await p.registry.approveVerification(service, ZeroAddress, ZeroHash);
    await expect(registry.withdrawService(service))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryServiceVerified")
      .withArgs(service, ZeroAddress, 36);
    await passRounds(p, 15n);
    await registry.withdrawService(service);
    expect((await registry.verificationAt(service, 35)).program).to.equal(program);
    expect((await registry.verificationAt(service, 36)).program).to.equal(ZeroHash);
  });

  it("returns the deposit that was left, even when paused and when another one is asked for now", async function () {
    await p.registry.setParameters({ serviceDeposit: parseEther("7") });
    await p.registry.pause();
    const withdrawing = registry.withdrawService(service);
    await expect(withdrawing).to.emit(registry, "ServiceWithdrawn").withArgs(service, p.stranger.address, DEPOSIT);
    await expect(withdrawing).to.changeTokenBalances(p.ethers, p.token, [p.stranger, registry], [DEPOSIT, -DEPOSIT]);
    await expect(registry.serviceOf(service)).to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService");
    await expect(registry.withdrawService(service)).to.be.revertedWithCustomError(
      registry,
      "ServiceRegistryUnknownService",
    );
  });

  it("frees the name for anybody", async function () {
    await registry.withdrawService(service);
    await defineAs(p, p.others[0]!, "Captioning");
    expect((await registry.serviceOf(service)).definer).to.equal(p.others[0]!.address);
  });
});
