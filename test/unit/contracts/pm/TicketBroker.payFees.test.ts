import { expect } from "chai";
import { fundDeposit, impersonate, loadProtocol, redeemAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.payFees", function () {
  let p: Protocol;
  let asBonding: Protocol["broker"];

  /** Of 100 wei of a deposit and an escrow, 7 were won in round 1 and 5 in round 2; the 7 are in the BondingManager's books. */
  beforeEach(async function () {
    p = await loadProtocol();
    await fundDeposit(p, 60n, 40n);
    await redeemAs(p, { faceValue: 7n });
    await toRound(p, 2n);
    await redeemAs(p, { faceValue: 5n, commitmentIndex: 1n });
    await toRound(p, 4n);
    asBonding = p.broker.connect(await impersonate(p, await p.bonding.getAddress()));
    await asBonding.pullFees(p.orchestrator, 0);
  });

  it("reverts for anybody but the BondingManager", async function () {
    for (const caller of [p.orchestrator, p.deployer]) {
      await expect(p.broker.connect(caller).payFees(caller, 1))
        .to.be.revertedWithCustomError(p.broker, "TicketBrokerNotBondingManager")
        .withArgs(caller.address, await p.bonding.getAddress());
    }
  });

  it("S7: reverts for more than was handed over, whatever else the contract holds", async function () {
    await expect(asBonding.payFees(p.stranger, 8))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerFeesMissing")
      .withArgs(7, 8);
    await asBonding.payFees(p.stranger, 3);
    await expect(asBonding.payFees(p.stranger, 5))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerFeesMissing")
      .withArgs(4, 5);
    await toRound(p, 5n);
    await asBonding.pullFees(p.orchestrator, 2);
    await asBonding.payFees(p.stranger, 9);
    expect(await p.ethers.provider.getBalance(p.broker)).to.equal(88);
  });

  it("pays whom the BondingManager names, all of it or a part", async function () {
    const payment = asBonding.payFees(p.stranger, 7);
    await expect(payment).to.emit(p.broker, "FeesPaid").withArgs(p.stranger.address, 7);
    await expect(payment).to.changeEtherBalances(p.ethers, [p.stranger, p.broker], [7, -7]);
  });

  it("books nothing when the receiver takes no ETH", async function () {
    await expect(asBonding.payFees(await p.token.getAddress(), 7)).to.be.revertedWithCustomError(
      p.broker,
      "FailedCall",
    );
    await asBonding.payFees(p.stranger, 7);
  });

  it("pays on when funding is paused", async function () {
    await p.broker.pause();
    await expect(asBonding.payFees(p.stranger, 7)).to.changeEtherBalance(p.ethers, p.stranger, 7);
  });

  it("lets a receiver that calls back take nothing else", async function () {
    const attacker = await p.ethers.deployContract("ReentrantMockForTicketBroker", [await p.broker.getAddress()]);
    await p.broker.fund(attacker, 0, { value: 4 });
    await attacker.unlock();
    await toRound(p, 8n);
    await expect(asBonding.payFees(attacker, 7)).to.changeEtherBalances(p.ethers, [attacker, p.broker], [7, -7]);
    expect(await attacker.lastRevert()).to.equal(p.ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
  });
});
