import { expect } from "chai";
import { id, MaxUint256, ZeroAddress, ZeroHash } from "ethers";
import { loadProtocol, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { CPU } from "../../../fixtures/registry.ts";

const PROGRAM = id("program");

describe("ServiceRegistry.cancelVerification", function () {
  let p: Protocol;
  let registry: Protocol["registry"];
  let module: string;

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
    module = await p.treasury.getAddress();
    await toRound(p, 5n);
  });

  it("reverts for anybody but governance", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await expect(registry.connect(p.stranger).cancelVerification(CPU))
      .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
      .withArgs(p.stranger.address);
  });

  it("R2: reverts when nothing was approved, and from the first round in which it holds", async function () {
    await expect(registry.cancelVerification(CPU))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNothingPending")
      .withArgs(CPU);
    await registry.approveVerification(CPU, module, PROGRAM);
    await toRound(p, 20n);
    await expect(registry.cancelVerification(CPU))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryNothingPending")
      .withArgs(CPU);
  });

  it("takes back what waits until the last moment, and leaves what holds", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await toRound(p, 20n);
    await registry.approveVerification(CPU, ZeroAddress, ZeroHash);
    await toRound(p, 34n);
    await expect(registry.cancelVerification(CPU))
      .to.emit(registry, "VerificationCancelled")
      .withArgs(CPU, ZeroAddress, ZeroHash, 35);
    expect(await registry.verificationAt(CPU, MaxUint256)).to.deep.equal([module, 20n, PROGRAM]);
    await expect(registry.cancelVerification(CPU)).to.be.revertedWithCustomError(
      registry,
      "ServiceRegistryNothingPending",
    );
  });

  it("makes room for an approval that comes earlier than the cancelled one would have", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await registry.cancelVerification(CPU);
    await p.bonding.setParameters({ ...p.parameters.bonding, unbondingPeriod: 2 });
    await registry.approveVerification(CPU, module, id("other program"));
    expect(await registry.verificationAt(CPU, MaxUint256)).to.deep.equal([module, 8n, id("other program")]);
    expect(await registry.verificationAt(CPU, 7)).to.deep.equal([ZeroAddress, 0n, ZeroHash]);
  });
});
