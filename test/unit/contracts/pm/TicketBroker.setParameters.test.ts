import { expect } from "chai";
import { fundDeposit, loadProtocol, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol, SignedTicket } from "../../../fixtures/protocol.ts";

const parametersOf = (ticketValidity: number, unlockPeriod: number, curingPeriod = 1) => ({
  ticketValidity,
  unlockPeriod,
  curingPeriod,
});

describe("TicketBroker.setParameters", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker;
    await toRound(p, 10n);
  });

  const redeem = (signed: SignedTicket) => broker.connect(p.orchestrator).redeem(...redemptionOf(signed));

  it("reverts outside the bounds", async function () {
    for (const validity of [0, 31]) {
      await expect(broker.setParameters(parametersOf(validity, 50)))
        .to.be.revertedWithCustomError(broker, "TicketBrokerValidityOutOfBounds")
        .withArgs(validity, 1, 30);
    }
    await expect(broker.setParameters(parametersOf(2, 101)))
      .to.be.revertedWithCustomError(broker, "TicketBrokerUnlockPeriodTooLong")
      .withArgs(101, 100);
    await expect(broker.setParameters(parametersOf(2, 3)))
      .to.be.revertedWithCustomError(broker, "TicketBrokerUnlockPeriodTooShort")
      .withArgs(3, 3);
    for (const curing of [0, 3]) {
      await expect(broker.setParameters(parametersOf(2, 4, curing)))
        .to.be.revertedWithCustomError(broker, "TicketBrokerCuringPeriodOutOfBounds")
        .withArgs(curing, 1, 2);
    }
  });

  it("reverts when the old unlock period would be too short for the new validity", async function () {
    await expect(broker.setParameters(parametersOf(3, 50)))
      .to.be.revertedWithCustomError(broker, "TicketBrokerUnlockPeriodTooShort")
      .withArgs(4, 4);
    await broker.setParameters(parametersOf(2, 50));
    await broker.setParameters(parametersOf(3, 50));
  });

  it("reverts when the new unlock period would be too short for the old validity", async function () {
    await expect(broker.setParameters(parametersOf(1, 3)))
      .to.be.revertedWithCustomError(broker, "TicketBrokerUnlockPeriodTooShort")
      .withArgs(3, 3);
  });

  it("reverts when the new unlock period would be too short for a ticket from before the last change", async function () {
    await broker.setParameters(parametersOf(1, 4));
    await toRound(p, 12n);
    await expect(broker.setParameters(parametersOf(1, 3))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerUnlockPeriodTooShort",
    );
    await toRound(p, 13n);
    await broker.setParameters(parametersOf(1, 3));
  });

  it("reverts when the validity changes again before the older tickets are dead", async function () {
    await broker.setParameters(parametersOf(2, 50));
    await broker.setParameters(parametersOf(5, 50));
    await toRound(p, 15n);
    await expect(broker.setParameters(parametersOf(2, 50)))
      .to.be.revertedWithCustomError(broker, "TicketBrokerValidityChangedRecently")
      .withArgs(15, 16);
    await toRound(p, 16n);
    await broker.setParameters(parametersOf(2, 50));
  });

  it("changes the parameters and says from when", async function () {
    await expect(broker.setParameters(parametersOf(1, 5)))
      .to.emit(broker, "ParametersChanged")
      .withArgs([2, 4, 1], [1, 5, 1], 11);
    expect(await broker.parameters()).to.deep.equal([1n, 5n, 1n]);
    expect(await broker.lastRedemptionRound(10)).to.equal(12);
    expect(await broker.lastRedemptionRound(11)).to.equal(12);
  });

  it("P2: leaves the life of older tickets as it was", async function () {
    await fundDeposit(p, 10n);
    const [older, younger] = [
      await ticketOf(p, { faceValue: 1n, creationRound: 10n, commitmentIndex: 0n }),
      await ticketOf(p, { faceValue: 1n, creationRound: 11n, commitmentIndex: 1n }),
    ];
    await broker.setParameters(parametersOf(1, 4));
    await toRound(p, 12n);
    await broker.connect(p.orchestrator).redeem.staticCall(...redemptionOf(older));
    await toRound(p, 13n);
    await expect(redeem(younger)).to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired").withArgs(13, 12);
    await expect(redeem(older)).to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired").withArgs(13, 12);
  });

  it("P2: does not bring expired tickets back", async function () {
    await fundDeposit(p, 10n);
    const expired = await ticketOf(p, { faceValue: 1n, creationRound: 7n });
    const older = await ticketOf(p, { faceValue: 1n, creationRound: 10n, commitmentIndex: 1n });
    const younger = await ticketOf(p, { faceValue: 1n, creationRound: 11n, commitmentIndex: 2n });
    await broker.setParameters(parametersOf(2, 50));
    await broker.setParameters(parametersOf(20, 50));
    await expect(redeem(expired)).to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired").withArgs(10, 9);
    await toRound(p, 13n);
    await expect(redeem(older)).to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired").withArgs(13, 12);
    await toRound(p, 31n);
    await redeem(younger);
    await broker.setParameters(parametersOf(30, 50));
    for (const round of [7n, 10n]) expect(await broker.lastRedemptionRound(round)).to.be.lessThan(31);
  });

  it("keeps clock and switch", async function () {
    await broker.pause();
    await broker.setParameters(parametersOf(2, 50));
    expect(await broker.paused()).to.equal(true);
    expect(await broker.firstOpenRound()).to.equal(8);
    await broker.unpause();
    expect(await broker.parameters()).to.deep.equal([2n, 50n, 1n]);
  });
});
