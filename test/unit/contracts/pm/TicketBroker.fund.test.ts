import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import { loadProtocol, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.fund", function () {
  let p: Protocol;

  beforeEach(async function () {
    p = await loadProtocol();
  });

  it("reverts when paused", async function () {
    await p.broker.pause();
    await expect(p.broker.fund(p.broadcaster, 0, { value: 1 })).to.be.revertedWithCustomError(
      p.broker,
      "EnforcedPause",
    );
    await p.broker.unpause();
    await p.broker.fund(p.broadcaster, 0, { value: 1 });
  });

  it("reverts for the zero address", async function () {
    await expect(p.broker.fund(ZeroAddress, 0, { value: 1 })).to.be.revertedWithCustomError(
      p.broker,
      "TicketBrokerZeroSender",
    );
  });

  it("reverts when no ETH is sent", async function () {
    await expect(p.broker.fund(p.broadcaster, 0)).to.be.revertedWithCustomError(p.broker, "TicketBrokerNothingFunded");
  });

  it("reverts when the escrow is more than what is sent", async function () {
    await expect(p.broker.fund(p.broadcaster, 6, { value: 5 }))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerEscrowExceedsValue")
      .withArgs(5, 6);
  });

  it("adds to deposit and escrow", async function () {
    const broker = p.broker.connect(p.broadcaster);
    const fund = () => broker.fund(p.broadcaster, parseEther("1"), { value: parseEther("3") });
    await expect(fund())
      .to.emit(broker, "DepositFunded")
      .withArgs(p.broadcaster.address, p.broadcaster.address, parseEther("2"))
      .and.to.emit(broker, "EscrowFunded")
      .withArgs(p.broadcaster.address, p.broadcaster.address, parseEther("1"));
    await expect(fund()).to.changeEtherBalances(p.ethers, [p.broadcaster, broker], [parseEther("-3"), parseEther("3")]);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([parseEther("4"), parseEther("2"), 0n]);
  });

  it("emits nothing for a part that is zero", async function () {
    await expect(p.broker.fund(p.broadcaster, 5, { value: 5 })).not.to.emit(p.broker, "DepositFunded");
    await expect(p.broker.fund(p.broadcaster, 0, { value: 5 })).not.to.emit(p.broker, "EscrowFunded");
    expect(await p.broker.getSender(p.broadcaster)).to.deep.equal([5n, 5n, 0n]);
  });

  it("by a third party changes neither a lock nor a withdraw round", async function () {
    const { broker, broadcaster, stranger } = p;
    await broker.fund(broadcaster, 0, { value: 10 });
    await broker.connect(broadcaster).unlock();
    await expect(broker.connect(stranger).fund(broadcaster, 2, { value: 5 }))
      .to.emit(broker, "DepositFunded")
      .withArgs(broadcaster.address, stranger.address, 3);
    expect(await broker.getSender(broadcaster)).to.deep.equal([13n, 2n, 5n]);
    expect(await broker.getSender(stranger)).to.deep.equal([0n, 0n, 0n]);

    await toRound(p, 5n);
    await expect(broker.connect(broadcaster).withdraw()).to.changeEtherBalance(p.ethers, broadcaster, 15);
  });

  it("takes no ETH without a call", async function () {
    let refused = false;
    await p.stranger.sendTransaction({ to: await p.broker.getAddress(), value: 1 }).catch(() => (refused = true));
    expect(refused).to.equal(true);
  });
});
