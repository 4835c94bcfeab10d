import { expect } from "chai";
import { encodeBytes32String, getCreate2Address, keccak256, ZeroAddress, ZeroHash } from "ethers";
import { initCodeOf, readArtifact, readInterface } from "../../../../deploy/artifacts.ts";
import type { ProxyFactory } from "../../../../types/index.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";

describe("ProxyFactory.deploy", function () {
  it("creates a contract at the computed address, once, for anyone", async function () {
    const { deployment, ethers, stranger } = await loadProtocol();
    const factory = new ethers.Contract(
      deployment.factory,
      readInterface("ProxyFactory"),
      stranger,
    ) as unknown as ProxyFactory;
    const salt = encodeBytes32String("test");
    const initCode = initCodeOf("Bootstrap", []);
    const address = getCreate2Address(deployment.factory, salt, keccak256(initCode));

    expect(await factory.computeAddress(salt, keccak256(initCode))).to.equal(address);
    expect(await factory.deploy.staticCall(salt, initCode)).to.equal(address);
    await expect(factory.deploy(salt, initCode)).to.emit(factory, "Deployed").withArgs(address, salt);
    expect(await ethers.provider.getCode(address)).to.equal(readArtifact("Bootstrap").deployedBytecode);
    await expect(factory.deploy(salt, initCode)).to.be.revertedWithCustomError(factory, "FailedDeployment");
  });

  it("reverts for no code, and passes on why a constructor failed", async function () {
    const { deployment, ethers } = await loadProtocol();
    const factory = await ethers.getContractAt("ProxyFactory", deployment.factory);
    await expect(factory.deploy(ZeroHash, "0x")).to.be.revertedWithCustomError(factory, "Create2EmptyBytecode");
    const initCode = initCodeOf("AccessManager", [ZeroAddress]);
    const reason = { interface: readInterface("AccessManager") };
    await expect(factory.deploy(ZeroHash, initCode))
      .to.be.revertedWithCustomError(reason, "AccessManagerInvalidInitialAdmin")
      .withArgs(ZeroAddress);
  });
});
