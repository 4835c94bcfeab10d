import { expect } from "chai";
import { fundDeposit, loadProtocol, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.withdraw", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.broadcaster);
    await fundDeposit(p, 10n, 3n);
  });

  it("reverts when locked", async function () {
    await expect(broker.withdraw())
      .to.be.revertedWithCustomError(broker, "TicketBrokerLocked")
      .withArgs(p.broadcaster.address);
  });

  it("reverts before the withdraw round", async function () {
    await broker.unlock();
    await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(5)) - 1n);
    await expect(broker.withdraw())
      .to.be.revertedWithCustomError(broker, "TicketBrokerWithdrawTooEarly")
      .withArgs(4, 5);
  });

  it("pays out deposit and escrow from the first second of the withdraw round, even when paused", async function () {
    await broker.unlock();
    await p.broker.pause();
    await p.networkHelpers.time.setNextBlockTimestamp(await p.rounds.roundStart(5));
    const withdrawal = broker.withdraw();
    await expect(withdrawal).to.emit(broker, "Withdrawn").withArgs(p.broadcaster.address, 10, 3);
    await expect(withdrawal).to.changeEtherBalances(p.ethers, [p.broadcaster, broker], [13, -13]);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 0n, 0n]);
    await expect(broker.withdraw()).to.be.revertedWithCustomError(broker, "TicketBrokerLocked");
  });

  it("P2: every ticket made before the unlock is dead when the withdrawal opens", async function () {
    const redemption = redemptionOf(await ticketOf(p, { faceValue: 1n, creationRound: 1n }));
    await broker.unlock();
    await toRound(p, 3n);
    await p.broker.connect(p.orchestrator).redeem.staticCall(...redemption);
    await expect(broker.withdraw()).to.be.revertedWithCustomError(broker, "TicketBrokerWithdrawTooEarly");
    await toRound(p, 4n);
    await expect(p.broker.connect(p.orchestrator).redeem(...redemption)).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerTicketExpired",
    );
    await expect(broker.withdraw()).to.be.revertedWithCustomError(broker, "TicketBrokerWithdrawTooEarly");
    await toRound(p, 5n);
    await broker.withdraw();
  });

  it("pays once when the receiver calls back", async function () {
    const attacker = await p.ethers.deployContract("ReentrantMockForTicketBroker", [await broker.getAddress()]);
    await broker.fund(attacker, 0, { value: 4 });
    await attacker.unlock();
    await toRound(p, 5n);
    await expect(attacker.withdraw()).to.changeEtherBalances(p.ethers, [attacker, broker], [4, -4]);
    expect(await attacker.lastRevert()).to.equal(p.ethers.id("ReentrancyGuardReentrantCall()").slice(0, 10));
  });
});
