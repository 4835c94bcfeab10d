import { expect } from "chai";
import { MaxUint256, parseEther, Signature, ZeroAddress } from "ethers";
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

  it("burns nothing, and no more than there is", async function () {
    await expect(p.token.burn(0)).to.emit(p.token, "Transfer").withArgs(p.deployer.address, ZeroAddress, 0);
    await p.token.transfer(p.delegator, 5);
    const delegators = p.token.connect(p.delegator);
    await expect(delegators.burn(6))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(p.delegator.address, 5, 6);
    await delegators.approve(p.stranger, 10);
    await expect(p.token.connect(p.stranger).burnFrom(p.delegator, 6))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(p.delegator.address, 5, 6);
    expect(await p.token.allowance(p.delegator, p.stranger)).to.equal(10);
    await delegators.burn(5);
    expect(await p.token.balanceOf(p.delegator)).to.equal(0);
  });

  it("asks the holder for an approval of burning, and takes it off", async function () {
    await expect(p.token.burnFrom(p.deployer, 1))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientAllowance")
      .withArgs(p.deployer.address, 0, 1);
    await p.token.approve(p.stranger, 3);
    await p.token.connect(p.stranger).burnFrom(p.deployer, 2);
    expect(await p.token.allowance(p.deployer, p.stranger)).to.equal(1);
    await p.token.approve(p.stranger, MaxUint256);
    await p.token.connect(p.stranger).burnFrom(p.deployer, 2);
    expect(await p.token.allowance(p.deployer, p.stranger)).to.equal(MaxUint256);
  });

  it("refuses the zero address in every place", async function () {
    const { token, stranger } = p;
    await expect(token.transfer(ZeroAddress, 1)).to.be.revertedWithCustomError(token, "ERC20InvalidReceiver");
    await expect(token.approve(ZeroAddress, 1)).to.be.revertedWithCustomError(token, "ERC20InvalidSpender");
    await token.approve(stranger, 1);
    const strangers = token.connect(stranger);
    await expect(strangers.transferFrom(p.deployer, ZeroAddress, 1)).to.be.revertedWithCustomError(
      token,
      "ERC20InvalidReceiver",
    );
    // Not even nothing is taken from nobody.
    for (const take of [
      () => strangers.transferFrom(ZeroAddress, stranger, 0),
      () => strangers.burnFrom(ZeroAddress, 0),
    ]) {
      await expect(take()).to.be.revertedWithCustomError(token, "ERC20InvalidApprover").withArgs(ZeroAddress);
    }
  });

  it("sends nothing, and no more than there is", async function () {
    const strangers = p.token.connect(p.stranger);
    await expect(strangers.transfer(p.delegator, 0))
      .to.emit(p.token, "Transfer")
      .withArgs(p.stranger.address, p.delegator.address, 0);
    await expect(strangers.transfer(p.delegator, 1))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(p.stranger.address, 0, 1);
  });

  it("may begin without a genesis supply, and allocates twice to one holder", async function () {
    const supplyOf = async (genesis: [string, number][]) => {
      const initializer = p.token.interface.encodeFunctionData("initialize", [
        genesis.map(([account, amount]) => ({ account, amount })),
      ]);
      const logic = p.deployment.contracts.LivepeerToken.implementation;
      const proxy = await p.ethers.deployContract("TransparentUpgradeableProxy", [logic, p.deployer, initializer]);
      const token = p.token.attach(await proxy.getAddress()) as typeof p.token;
      return [await token.totalSupply(), await token.balanceOf(p.stranger)];
    };
    expect(await supplyOf([])).to.deep.equal([0n, 0n]);
    const { address } = p.stranger;
    expect(
      await supplyOf([
        [address, 2],
        [p.deployer.address, 1],
        [address, 3],
      ]),
    ).to.deep.equal([6n, 5n]);
  });

  /** An approval of 9 to the stranger that `signer` signed in the deployer's name. */
  async function permitOf(deadline: bigint, signer = p.deployer) {
    const { chainId } = await p.ethers.provider.getNetwork();
    const domain = { name: "Livepeer Token", version: "1", chainId, verifyingContract: await p.token.getAddress() };
    const fields = ["owner:address", "spender:address", "value:uint256", "nonce:uint256", "deadline:uint256"];
    const types = {
      Permit: fields.map((field) => {
        const [name, type] = field.split(":") as [string, string];
        return { name, type };
      }),
    };
    const message = { owner: p.deployer.address, spender: p.stranger.address, value: 9n, nonce: 0n, deadline };
    const { v, r, s } = Signature.from(await signer.signTypedData(domain, types, message));
    return () => p.token.connect(p.stranger).permit(p.deployer, p.stranger, 9, deadline, v, r, s);
  }

  it("takes an approval by signature, once", async function () {
    const permit = await permitOf(2n ** 40n);
    await permit();
    expect(await p.token.allowance(p.deployer, p.stranger)).to.equal(9);
    expect(await p.token.nonces(p.deployer)).to.equal(1);
    await expect(permit()).to.be.revertedWithCustomError(p.token, "ERC2612InvalidSigner");
  });

  it("takes no approval by signature of somebody else, or after its deadline", async function () {
    const forged = await permitOf(2n ** 40n, p.stranger);
    await expect(forged())
      .to.be.revertedWithCustomError(p.token, "ERC2612InvalidSigner")
      .withArgs(p.stranger.address, p.deployer.address);

    const now = BigInt(await p.networkHelpers.time.latest());
    const [late, intime] = [await permitOf(now + 99n), await permitOf(now + 100n)];
    await p.networkHelpers.time.setNextBlockTimestamp(now + 100n);
    await intime();
    await expect(late())
      .to.be.revertedWithCustomError(p.token, "ERC2612ExpiredSignature")
      .withArgs(now + 99n);
  });
});
