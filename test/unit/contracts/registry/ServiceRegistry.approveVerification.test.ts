import { expect } from "chai";
import { id, MaxUint256, ZeroAddress, ZeroHash } from "ethers";
import { loadProtocol, passRounds, registerAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { CPU, GPU } from "../../../fixtures/registry.ts";

const PROGRAM = id("program");
const NOTHING = [ZeroAddress, 0n, ZeroHash];

describe("ServiceRegistry.approveVerification", function () {
  let p: Protocol;
  let registry: Protocol["registry"];
  /** Two contracts that stand for modules: the registry never calls one. */
  let module: string;
  let other: string;

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
    [module, other] = [await p.treasury.getAddress(), await p.token.getAddress()];
    await toRound(p, 5n);
  });

  it("reverts for anybody but governance", async function () {
    await expect(registry.connect(p.stranger).approveVerification(CPU, module, PROGRAM))
      .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
      .withArgs(p.stranger.address);
  });

  it("reverts for a service that nobody has defined", async function () {
    await expect(registry.approveVerification(id("Other"), module, PROGRAM))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryUnknownService")
      .withArgs(id("Other"));
  });

  it("reverts for a module without a program, and for a program without a module", async function () {
    for (const half of [
      [module, ZeroHash],
      [ZeroAddress, PROGRAM],
    ] as const) {
      await expect(registry.approveVerification(CPU, ...half))
        .to.be.revertedWithCustomError(registry, "ServiceRegistryIncompleteVerification")
        .withArgs(...half);
    }
  });

  it("reverts for an address without code", async function () {
    await expect(registry.approveVerification(CPU, p.stranger, PROGRAM))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryModuleWithoutCode")
      .withArgs(p.stranger.address);
  });

  it("reverts while another approval for the service waits", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await toRound(p, 19n);
    await expect(registry.approveVerification(CPU, other, PROGRAM))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryVerificationPending")
      .withArgs(CPU, 20);
    await registry.approveVerification(GPU, other, PROGRAM);
    await toRound(p, 20n);
    await registry.approveVerification(CPU, other, PROGRAM);
  });

  it("reverts for what holds already", async function () {
    await expect(registry.approveVerification(CPU, ZeroAddress, ZeroHash))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryVerificationUnchanged")
      .withArgs(CPU, ZeroAddress, ZeroHash);
    await registry.approveVerification(CPU, module, PROGRAM);
    await toRound(p, 20n);
    await expect(registry.approveVerification(CPU, module, PROGRAM))
      .to.be.revertedWithCustomError(registry, "ServiceRegistryVerificationUnchanged")
      .withArgs(CPU, module, PROGRAM);
  });

  it("R2: holds for receipts of the round after the unbonding period, not for earlier ones, and for one service", async function () {
    expect(await registry.approveVerification.staticCall(CPU, module, PROGRAM)).to.equal(20);
    await expect(registry.approveVerification(CPU, module, PROGRAM))
      .to.emit(registry, "VerificationApproved")
      .withArgs(CPU, module, PROGRAM, 20);
    for (const round of [0, 5, 19]) expect(await registry.verificationAt(CPU, round)).to.deep.equal(NOTHING);
    for (const round of [20n, 21n, MaxUint256]) {
      expect(await registry.verificationAt(CPU, round)).to.deep.equal([module, 20n, PROGRAM]);
    }
    expect(await registry.verificationAt(GPU, 20)).to.deep.equal(NOTHING);
  });

  it("R2: lets stake that leaves in this round or the next be out before it holds", async function () {
    await registerAs(p, p.orchestrator);
    await passRounds(p, 1n);
    const fromRound = await registry.approveVerification.staticCall(CPU, module, PROGRAM);
    await registry.approveVerification(CPU, module, PROGRAM);
    const bonding = p.bonding.connect(p.orchestrator);
    await bonding.unbond(1);
    await passRounds(p, 1n);
    await bonding.unbond(1);
    const locks = [
      await bonding.getUnbondingLock(p.orchestrator, 0),
      await bonding.getUnbondingLock(p.orchestrator, 1),
    ];
    expect(locks.map(({ withdrawRound }) => withdrawRound)).to.deep.equal([fromRound - 1n, fromRound]);
  });

  it("reads the unbonding period when it is called", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await p.bonding.setParameters({ ...p.parameters.bonding, unbondingPeriod: 30 });
    expect((await registry.verificationAt(CPU, MaxUint256)).fromRound).to.equal(20);
    await registry.approveVerification(GPU, module, PROGRAM);
    expect((await registry.verificationAt(GPU, MaxUint256)).fromRound).to.equal(36);
  });

  it("keeps what held, for receipts of before: another program, another module, a removal", async function () {
    await registry.approveVerification(CPU, module, PROGRAM);
    await toRound(p, 20n);
    await registry.approveVerification(CPU, module, id("other program"));
    await toRound(p, 35n);
    await registry.approveVerification(CPU, other, id("other program"));
    await toRound(p, 50n);
    await expect(registry.approveVerification(CPU, ZeroAddress, ZeroHash))
      .to.emit(registry, "VerificationApproved")
      .withArgs(CPU, ZeroAddress, ZeroHash, 65);
    const expected = [
      [0, NOTHING],
      [19, NOTHING],
      [20, [module, 20n, PROGRAM]],
      [34, [module, 20n, PROGRAM]],
      [35, [module, 35n, id("other program")]],
      [49, [module, 35n, id("other program")]],
      [50, [other, 50n, id("other program")]],
      [64, [other, 50n, id("other program")]],
      [65, [ZeroAddress, 65n, ZeroHash]],
    ] as const;
    for (const [round, verification] of expected) {
      expect(await registry.verificationAt(CPU, round), `round ${round}`).to.deep.equal(verification);
    }
  });
});
