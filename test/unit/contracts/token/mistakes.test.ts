import { expect } from "chai";
import { id, parseEther } from "ethers";
import { CONTRACT_NAMES } from "../../../../deploy/contracts.ts";
import { defineAs } from "../../../fixtures/registry.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";

describe("sent by mistake", function () {
  for (const name of CONTRACT_NAMES.filter((one) => one !== "Treasury")) {
    it(`ETH is refused by ${name}`, async function () {
      const { deployment, ethers, stranger } = await loadProtocol();
      const to = deployment.contracts[name].proxy;
      for (const data of ["0x", id("no such function").slice(0, 10)]) {
        await expect(stranger.sendTransaction({ to, value: 1, data })).to.revert(ethers);
      }
      expect(await ethers.provider.getBalance(to)).to.equal(0);
    });
  }

  it("LPT stays where it is, and nobody's deposit grows by it", async function () {
    const p = await loadProtocol();
    const service = await defineAs(p, p.delegator, "x");
    await p.token.transfer(p.registry, 5);
    await p.registry.connect(p.delegator).withdrawService(service);
    expect(await p.token.balanceOf(p.delegator)).to.equal(parseEther("100"));
    expect(await p.token.balanceOf(p.registry)).to.equal(5);
  });

  it("LPT cannot be taken from the token itself", async function () {
    const p = await loadProtocol();
    const at = await p.token.getAddress();
    const supply = await p.token.totalSupply();
    await p.token.transfer(at, 5);
    for (const take of [() => p.token.transferFrom(at, p.deployer, 1), () => p.token.burnFrom(at, 1)]) {
      await expect(take())
        .to.be.revertedWithCustomError(p.token, "ERC20InsufficientAllowance")
        .withArgs(p.deployer.address, 0, 1);
    }
    expect([await p.token.balanceOf(at), await p.token.totalSupply()]).to.deep.equal([5n, supply]);
  });
});
