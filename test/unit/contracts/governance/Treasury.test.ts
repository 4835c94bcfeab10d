import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("Treasury", function () {
  let p: Protocol;
  let treasury: Protocol["treasury"];

  beforeEach(async function () {
    p = await loadProtocol();
    treasury = p.treasury;
    await p.token.transfer(treasury, 100);
    await p.stranger.sendTransaction({ to: await treasury.getAddress(), value: 50 });
  });

  it("takes ETH from anyone", async function () {
    const transfer = p.stranger.sendTransaction({ to: await treasury.getAddress(), value: 5 });
    await expect(transfer).to.emit(treasury, "Received").withArgs(p.stranger.address, 5);
    await expect(transfer).to.changeEtherBalance(p.ethers, treasury, 5);
  });

  it("refuses the zero address", async function () {
    await expect(treasury.transferToken(p.token, ZeroAddress, 1)).to.be.revertedWithCustomError(
      treasury,
      "TreasuryZeroReceiver",
    );
    await expect(treasury.transferETH(ZeroAddress, 1)).to.be.revertedWithCustomError(treasury, "TreasuryZeroReceiver");
  });

  it("refuses what it does not hold", async function () {
    await expect(treasury.transferToken(p.token, p.stranger, 101)).to.be.revertedWithCustomError(
      p.token,
      "ERC20InsufficientBalance",
    );
    await expect(treasury.transferETH(p.stranger, 51)).to.be.revertedWithCustomError(treasury, "InsufficientBalance");
    await expect(treasury.burn(101)).to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance");
  });

  it("gives all it holds, and then nothing", async function () {
    await treasury.transferETH(p.stranger, 50);
    await expect(treasury.transferETH(p.stranger, 1))
      .to.be.revertedWithCustomError(treasury, "InsufficientBalance")
      .withArgs(0, 1);
    await treasury.transferToken(p.token, p.stranger, 60);
    await treasury.burn(40);
    await expect(treasury.burn(1))
      .to.be.revertedWithCustomError(p.token, "ERC20InsufficientBalance")
      .withArgs(await treasury.getAddress(), 0, 1);
  });

  it("takes an amount of zero for what it is", async function () {
    await expect(treasury.transferETH(p.stranger, 0))
      .to.emit(treasury, "EtherTransferred")
      .withArgs(p.stranger.address, 0);
    await expect(treasury.transferToken(p.token, p.stranger, 0)).to.emit(treasury, "TokenTransferred");
    await expect(treasury.burn(0)).to.emit(treasury, "Burned").withArgs(0);
    expect(await p.token.balanceOf(treasury)).to.equal(100);
    expect(await p.ethers.provider.getBalance(treasury)).to.equal(50);
  });

  it("keeps ETH that the receiver does not take", async function () {
    await expect(treasury.transferETH(await p.rounds.getAddress(), 30)).to.be.revertedWithCustomError(
      treasury,
      "FailedCall",
    );
    expect(await p.ethers.provider.getBalance(treasury)).to.equal(50);
  });

  it("pays a receiver that calls back once", async function () {
    const receiver = await p.ethers.deployContract("ReentrantMockForTreasury");
    await treasury.transferETH(receiver, 20);
    expect(await p.ethers.provider.getBalance(receiver)).to.equal(20);
    expect(treasury.interface.parseError(await receiver.lastRevert())).to.deep.include({
      name: "AccessManagedUnauthorized",
      args: [await receiver.getAddress()],
    });
  });

  it("passes on other tokens that were sent to it, also where a transfer answers nothing", async function () {
    const other = await p.ethers.deployContract("TokenMockForTreasury");
    await expect(treasury.transferToken(other, p.stranger, 30))
      .to.emit(treasury, "TokenTransferred")
      .withArgs(await other.getAddress(), p.stranger.address, 30);
    expect(await other.received(p.stranger)).to.equal(30);
  });

  it("does not take a transfer for made that a token answers with false, or nobody answers", async function () {
    const other = await p.ethers.deployContract("TokenMockForTreasury");
    await other.setFailing(true);
    for (const token of [await other.getAddress(), p.delegator.address, ZeroAddress]) {
      await expect(treasury.transferToken(token, p.stranger, 30))
        .to.be.revertedWithCustomError(treasury, "SafeERC20FailedOperation")
        .withArgs(token);
    }
  });

  it("sends tokens", async function () {
    const transfer = treasury.transferToken(p.token, p.stranger, 30);
    await expect(transfer)
      .to.emit(treasury, "TokenTransferred")
      .withArgs(await p.token.getAddress(), p.stranger.address, 30);
    await expect(transfer).to.changeTokenBalances(p.ethers, p.token, [treasury, p.stranger], [-30, 30]);
  });

  it("sends ETH", async function () {
    const transfer = treasury.transferETH(p.stranger, 30);
    await expect(transfer).to.emit(treasury, "EtherTransferred").withArgs(p.stranger.address, 30);
    await expect(transfer).to.changeEtherBalances(p.ethers, [treasury, p.stranger], [-30, 30]);
  });

  it("burns tokens", async function () {
    const supply = await p.token.totalSupply();
    const burn = treasury.burn(30);
    await expect(burn).to.emit(treasury, "Burned").withArgs(30);
    await expect(burn).to.changeTokenBalance(p.ethers, p.token, treasury, -30);
    expect(await p.token.totalSupply()).to.equal(supply - 30n);
  });
});
