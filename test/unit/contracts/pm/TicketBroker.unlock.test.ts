import { expect } from "chai";
import { fundDeposit, loadProtocol, passRounds, redeemAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.unlock", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.broadcaster);
  });

  it("reverts when there is nothing to unlock", async function () {
    await expect(broker.unlock())
      .to.be.revertedWithCustomError(broker, "TicketBrokerNothingToUnlock")
      .withArgs(p.broadcaster.address);
  });

  it("reverts when it is unlocking already", async function () {
    await fundDeposit(p, 10n);
    await broker.unlock();
    await passRounds(p, 1n);
    await expect(broker.unlock())
      .to.be.revertedWithCustomError(broker, "TicketBrokerUnlocking")
      .withArgs(p.broadcaster.address, 5);
  });

  it("fixes the withdraw round by the present parameters", async function () {
    await fundDeposit(p, 10n, 1n);
    await expect(broker.unlock()).to.emit(broker, "UnlockStarted").withArgs(p.broadcaster.address, 5);
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 50, curingPeriod: 1 });
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([10n, 1n, 5n]);
  });

  it("works for an escrow alone", async function () {
    await fundDeposit(p, 0n, 1n);
    await broker.unlock();
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 1n, 5n]);
  });

  it("does not stop redemption", async function () {
    await fundDeposit(p, 10n);
    await broker.unlock();
    await redeemAs(p, { faceValue: 4n });
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([6n, 0n, 5n]);
  });
});
