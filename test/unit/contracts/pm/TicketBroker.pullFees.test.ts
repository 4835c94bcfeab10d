import { expect } from "chai";
import { fundDeposit, loadProtocol, redeemAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.pullFees", function () {
  let p: Protocol;
  let asBonding: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    await fundDeposit(p, 10n);
    await redeemAs(p, { faceValue: 4n });
    const address = await p.bonding.getAddress();
    await p.networkHelpers.impersonateAccount(address);
    await p.networkHelpers.setBalance(address, 10n ** 18n);
    asBonding = p.broker.connect(await p.ethers.getSigner(address));
  });

  it("reverts for anybody but the BondingManager", async function () {
    await expect(p.broker.connect(p.orchestrator).pullFees(p.orchestrator, 1))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerNotBondingManager")
      .withArgs(p.orchestrator.address, await p.bonding.getAddress());
  });

  it("reverts while a ticket of the round could be redeemed", async function () {
    await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(4)) - 1n);
    await expect(asBonding.pullFees(p.orchestrator, 1))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerRoundOpen")
      .withArgs(3, 3);
  });

  it("sends the fees of the round, once", async function () {
    await toRound(p, 4n);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 1)).to.equal(4);
    const pull = asBonding.pullFees(p.orchestrator, 1);
    await expect(pull).to.emit(p.broker, "FeesPulled").withArgs(p.orchestrator.address, 1, 4);
    await expect(pull).to.changeEtherBalance(p.ethers, p.broker, -4);
    expect(await p.broker.feesOf(p.orchestrator, 1)).to.equal(0);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 1)).to.equal(0);
    await expect(asBonding.pullFees(p.orchestrator, 1)).not.to.emit(p.broker, "FeesPulled");
  });
});
