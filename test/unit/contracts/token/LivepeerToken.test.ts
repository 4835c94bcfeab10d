import { expect } from "chai";
import { parseEther, Signature, ZeroAddress } from "ethers";
import { initCodeOf, readInterface } from "../../../../deploy/artifacts.ts";
import { impersonate, loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("LivepeerToken", function () {
  let p: Protocol;

  beforeEach(async function () {
    p = await loadProtocol();
  });

  it("has its name, symbol, decimals and genesis supply", async function () {
    expect([await p.token.name(), await p.token.symbol(), await p.token.decimals()]).to.deep.equal([
      "Livepeer Token",
      "LPT",
      18n,
    ]);
    expect(await p.token.totalSupply()).to.equal(parseEther("10000000"));
    expect(await p.token.balanceOf(p.deployer)).to.equal(parseEther("10000000"));
  });

  it("refuses an empty allocation and one to nobody", async function () {
    const logic = p.deployment.contracts.LivepeerToken.implementation;
    const deployWith = (genesis: [string, number][]) =>
      p.deployer.sendTransaction({
        data: initCodeOf("TransparentUpgradeableProxy", [
          logic,
          p.deployer.address,
          readInterface("LivepeerToken").encodeFunctionData("initialize", [genesis]),
        ]),
      });
    await expect(deployWith([[p.stranger.address, 0]]))
      .to.be.revertedWithCustomError(p.token, "LivepeerTokenEmptyAllocation")
      .withArgs(p.stranger.address);
    await expect(deployWith([[ZeroAddress, 1]])).to.be.revertedWithCustomError(p.token, "ERC20InvalidReceiver");
  });

  it("is minted by the Minter alone", async function () {
    const minter = await p.minter.getAddress();
    expect(await p.token.MINTER()).to.equal(minter);
    for (const caller of [p.stranger, p.deployer]) {
      await expect(p.token.connect(caller).mint(caller, 1))
        .to.be.revertedWithCustomError(p.token, "LivepeerTokenNotMinter")
        .withArgs(caller.address, minter);
    }

    const mint = p.token.connect(await impersonate(p, minter)).mint(p.stranger, 7);
    await expect(mint).to.emit(p.token, "Transfer").withArgs(ZeroAddress, p.stranger.address, 7);
    expect(await p.token.balanceOf(p.stranger)).to.equal(7);
    expect(await p.token.totalSupply()).to.equal(parseEther("10000000") + 7n);
  });

  it("burns", async function () {
    await expect(p.token.burn(5)).to.emit(p.token, "Transfer").withArgs(p.deployer.address, ZeroAddress, 5);
    await p.token.approve(p.stranger, 3);
    const strangers = p.token.connect(p.stranger);
    await expect(strangers.burnFrom(p.deployer, 4)).to.be.revertedWithCustomError(
      p.token,
      "ERC20InsufficientAllowance",
    );
    await strangers.burnFrom(p.deployer, 3);
    expect(await p.token.totalSupply()).to.equal(parseEther("10000000") - 8n);
  });

  it("takes an approval by signature, once", async function () {
    const { chainId } = await p.ethers.provider.getNetwork();
    const deadline = 2n ** 40n;
    const message = { owner: p.deployer.address, spender: p.stranger.address, value: 9n, nonce: 0n, deadline };
    const serialized = await p.deployer.signTypedData(
      { name: "Livepeer Token", version: "1", chainId, verifyingContract: await p.token.getAddress() },
      {
        Permit: ["owner:address", "spender:address", "value:uint256", "nonce:uint256", "deadline:uint256"].map(
          (field) => {
            const [name, type] = field.split(":") as [string, string];
            return { name, type };
          },
        ),
      },
      message,
    );
    const { v, r, s } = Signature.from(serialized);
    const permit = () => p.token.connect(p.stranger).permit(p.deployer, p.stranger, 9, deadline, v, r, s);
    await permit();
    expect(await p.token.allowance(p.deployer, p.stranger)).to.equal(9);
    expect(await p.token.nonces(p.deployer)).to.equal(1);
    await expect(permit()).to.be.revertedWithCustomError(p.token, "ERC2612InvalidSigner");
  });
});
