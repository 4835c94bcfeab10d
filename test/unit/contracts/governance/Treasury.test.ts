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
