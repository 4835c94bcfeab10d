import { expect } from "chai";
import { ZeroAddress } from "ethers";
import {
  allowLongTickets,
  batchesOf,
  fundDeposit,
  impersonate,
  loadProtocol,
  redeemAs,
  redemptionOf,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import type { Protocol, SignedTicket, TicketOptions } from "../../../fixtures/protocol.ts";

const NO_DEFAULT = [ZeroAddress, 0n, 0n, false];

describe("TicketBroker's defaults", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  /** 10 wei of deposit, 7 of escrow, 5 for the orchestrator, which wins 20. */
  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await fundDeposit(p, 10n, 7n);
    await p.broker.fundAllocation(p.broadcaster, p.orchestrator, { value: 5n });
    await toRound(p, 10n);
  });

  const winner = (options: TicketOptions = {}) => ticketOf(p, { faceValue: 20n, ...options });
  const claim = (signed: SignedTicket) => broker.claimDefault(...redemptionOf(signed));
  const defaultOf = (index = 0n, round = 10n) => broker.defaultOf(p.orchestrator, round, index);
  const settle = (index = 0n, round = 10n) => p.broker.connect(p.stranger).settleDefault(p.orchestrator, round, index);
  const forfeit = (index = 0n, round = 10n) => p.broker.connect(p.stranger).forfeitEscrow(p.orchestrator, round, index);

  describe("claimDefault", function () {
    it("closes the commitment, publishes what is owed, and moves nothing", async function () {
      const claiming = claim(await winner());
      await expect(claiming)
        .to.emit(broker, "DefaultClaimed")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 20, 10, 0, 11);
      await expect(claiming).to.changeEtherBalance(p.ethers, broker, 0);
      expect(await defaultOf()).to.deep.equal([p.broadcaster.address, 20n, 11n, false]);
      expect(await broker.isClosed(p.orchestrator, 10, 0)).to.equal(true);
      expect(await broker.feesOf(p.orchestrator, 10)).to.equal(0);
      expect(await broker.getSender(p.broadcaster)).to.deep.equal([10n, 7n, 0n]);
      expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([5n, 0n, 0n]);
    });

    it("P4: reverts when deposit and allocation can pay", async function () {
      for (const faceValue of [15n, 3n, 0n]) {
        await expect(claim(await winner({ faceValue })))
          .to.be.revertedWithCustomError(broker, "TicketBrokerNotInDefault")
          .withArgs(15, faceValue);
      }
      await claim(await winner({ faceValue: 16n }));
    });

    it("reverts for every ticket that redeem refuses for another reason", async function () {
      for (const [options, error] of [
        [{ creationRound: 11n }, "TicketBrokerTicketFromFuture"],
        [{ creationRound: 7n }, "TicketBrokerTicketExpired"],
        [{ winProb: 0n }, "TicketBrokerTicketLost"],
        [{ signer: p.stranger }, "TicketBrokerInvalidSignature"],
      ] as const) {
        await expect(claim(await winner(options)), error).to.be.revertedWithCustomError(broker, error);
      }
      const signed = await winner();
      await expect(p.broker.connect(p.stranger).claimDefault(...redemptionOf(signed))).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerInvalidSignature",
      );
      await claim(signed);
      await expect(claim(signed)).to.be.revertedWithCustomError(broker, "TicketBrokerCommitmentClosed");
    });

    it("P5: reverts for a ticket that was paid, and a claimed one is not paid otherwise", async function () {
      await redeemAs(p, { faceValue: 1n });
      await expect(claim(await winner())).to.be.revertedWithCustomError(broker, "TicketBrokerCommitmentClosed");
      const signed = await winner({ commitmentIndex: 1n });
      await claim(signed);
      await fundDeposit(p, 100n);
      await expect(broker.redeem(...redemptionOf(signed))).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerCommitmentClosed",
      );
      expect(await broker.redeemBatch.staticCall(batchesOf([redemptionOf(signed)]))).to.equal(0);
    });

    it("reverts when the curing period would end after the ticket's life", async function () {
      const signed = await winner();
      await toRound(p, 12n);
      await expect(claim(signed)).to.be.revertedWithCustomError(broker, "TicketBrokerDefaultTooLate").withArgs(12, 11);
      await claim(await winner({ creationRound: 11n }));
    });

    it("does not underflow where an old validity is shorter than the new curing period", async function () {
      await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 50, curingPeriod: 1 });
      await allowLongTickets(p);
      await p.broker.setParameters({ ticketValidity: 29, unlockPeriod: 50, curingPeriod: 29 });
      await expect(claim(await winner({ creationRound: 12n })))
        .to.be.revertedWithCustomError(broker, "TicketBrokerDefaultTooLate")
        .withArgs(13, 0);
    });

    it("counts against the cap of a hot key", async function () {
      const [key] = p.others;
      await p.broker.connect(p.broadcaster).authorizeSigner(key!, 20, 30);
      await claim(await winner({ signer: key! }));
      expect(await broker.spentBy(p.broadcaster, key!, 10)).to.equal(20);
      await expect(claim(await winner({ signer: key!, commitmentIndex: 1n })))
        .to.be.revertedWithCustomError(broker, "TicketBrokerSignerCapExceeded")
        .withArgs(key!.address, 30, 40);
    });

    it("keeps a debt on a commitment beyond the first word apart", async function () {
      await claim(await winner({ commitmentIndex: 160n }));
      await claim(await winner({ commitmentIndex: 161n, faceValue: 30n }));
      expect((await defaultOf(160n)).faceValue).to.equal(20);
      expect((await defaultOf(161n)).faceValue).to.equal(30);
      expect(await broker.isClosed(p.orchestrator, 10, 162)).to.equal(false);
    });
  });

  describe("settleDefault", function () {
    it("reverts where there is no default", async function () {
      await expect(settle(3n))
        .to.be.revertedWithCustomError(broker, "TicketBrokerNoDefault")
        .withArgs(p.orchestrator.address, 10, 3);
    });

    it("reverts while deposit and allocation are too low", async function () {
      await claim(await winner());
      await expect(settle()).to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds").withArgs(15, 20);
    });

    it("P1: pays in full from deposit and allocation, by anyone, until the ticket's last round, once", async function () {
      await claim(await winner());
      await p.broker.pause();
      await p.broker.unpause();
      await fundDeposit(p, 6n);
      await p.broker.pause();
      await toRound(p, 12n);
      const settling = settle();
      await expect(settling)
        .to.emit(broker, "DefaultSettled")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 20, 10, 0);
      await expect(settling).to.changeEtherBalance(p.ethers, broker, 0);
      expect(await broker.feesOf(p.orchestrator, 10)).to.equal(20);
      expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 7n, 0n]);
      expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([1n, 0n, 0n]);
      expect(await defaultOf()).to.deep.equal(NO_DEFAULT);
      expect(await broker.isClosed(p.orchestrator, 10, 0)).to.equal(true);
      await expect(settle()).to.be.revertedWithCustomError(broker, "TicketBrokerNoDefault");
    });

    it("reverts after the ticket's last round", async function () {
      await claim(await winner());
      await fundDeposit(p, 100n);
      await toRound(p, 13n);
      await expect(settle()).to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired").withArgs(13, 12);
    });

    it("adds to fees of the round that others brought, and brings the first ones of another", async function () {
      await claim(await winner());
      await claim(await winner({ commitmentIndex: 1n }));
      await toRound(p, 11n);
      await claim(await winner({ creationRound: 11n }));
      await redeemAs(p, { faceValue: 2n, commitmentIndex: 2n, creationRound: 10n });
      await fundDeposit(p, 100n);
      await settle();
      await settle(0n, 11n);
      expect(await broker.feesOf(p.orchestrator, 10)).to.equal(22);
      expect(await broker.feesOf(p.orchestrator, 11)).to.equal(20);
      const asBonding = p.broker.connect(await impersonate(p, await p.bonding.getAddress()));
      await toRound(p, 14n);
      expect(await asBonding.pullFees.staticCall(p.orchestrator, 0)).to.deep.equal([10n, 22n]);
      expect(await asBonding.pullFees.staticCall(p.orchestrator, 11)).to.deep.equal([11n, 20n]);
    });
  });

  describe("forfeitEscrow", function () {
    it("reverts where there is no default, or it was settled", async function () {
      await expect(forfeit())
        .to.be.revertedWithCustomError(broker, "TicketBrokerNoDefault")
        .withArgs(p.orchestrator.address, 10, 0);
      await claim(await winner());
      await fundDeposit(p, 100n);
      await settle();
      await toRound(p, 12n);
      await expect(forfeit()).to.be.revertedWithCustomError(broker, "TicketBrokerNoDefault");
    });

    it("reverts until the last second of the curing round", async function () {
      await claim(await winner());
      await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(12)) - 1n);
      await expect(forfeit()).to.be.revertedWithCustomError(broker, "TicketBrokerCuring").withArgs(11, 12);
    });

    it("P4: sends the whole escrow to the treasury after the curing period, by anyone, even when paused", async function () {
      await claim(await winner());
      await p.broker.pause();
      await p.networkHelpers.time.setNextBlockTimestamp(await p.rounds.roundStart(12));
      const forfeiting = forfeit();
      await expect(forfeiting)
        .to.emit(broker, "EscrowForfeited")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 7, 10, 0);
      await expect(forfeiting).to.changeEtherBalances(
        p.ethers,
        [broker, p.treasury, p.stranger, p.orchestrator],
        [-7, 7, 0, 0],
      );
      expect(await broker.getSender(p.broadcaster)).to.deep.equal([10n, 0n, 0n]);
      expect(await defaultOf()).to.deep.equal([p.broadcaster.address, 20n, 11n, true]);
    });

    it("takes nothing twice for one default, and the debt can be settled still", async function () {
      await claim(await winner());
      await toRound(p, 12n);
      await forfeit();
      await fundDeposit(p, 5n, 9n);
      await expect(forfeit())
        .to.be.revertedWithCustomError(broker, "TicketBrokerNothingToForfeit")
        .withArgs(p.broadcaster.address);
      await settle();
      expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 9n, 0n]);
    });

    it("reverts when there is no escrow", async function () {
      await p.broker.fund(p.stranger, 0, { value: 1n });
      await claim(await ticketOf(p, { sender: p.stranger.address, signer: p.stranger, faceValue: 2n }));
      await toRound(p, 12n);
      await expect(forfeit())
        .to.be.revertedWithCustomError(broker, "TicketBrokerNothingToForfeit")
        .withArgs(p.stranger.address);
    });

    it("P4: escrow that is added after one was forfeited is liable for later defaults only", async function () {
      await claim(await winner());
      await claim(await winner({ commitmentIndex: 1n }));
      await toRound(p, 12n);
      await forfeit();
      await fundDeposit(p, 0n, 9n);
      await expect(forfeit(1n)).to.be.revertedWithCustomError(broker, "TicketBrokerNothingToForfeit");
      expect((await defaultOf(1n)).forfeited).to.equal(false);
      await claim(await winner({ commitmentIndex: 2n, creationRound: 12n }));
      await toRound(p, 14n);
      await expect(forfeit(1n)).to.be.revertedWithCustomError(broker, "TicketBrokerNothingToForfeit");
      await expect(forfeit(2n, 12n)).to.changeEtherBalance(p.ethers, p.treasury, 9);
    });

    it("P4: a default from before a withdrawal takes nothing of what comes later", async function () {
      await claim(await winner());
      await p.broker.connect(p.broadcaster).unlock();
      await toRound(p, 14n);
      await p.broker.connect(p.broadcaster).withdraw();
      await fundDeposit(p, 0n, 9n);
      await expect(forfeit()).to.be.revertedWithCustomError(broker, "TicketBrokerNothingToForfeit");
    });
  });

  it("P4: whatever was claimed of a ticket made before an unlock is forfeitable before the withdrawal", async function () {
    const signed = await winner();
    await p.broker.connect(p.broadcaster).unlock(); // in the ticket's own round: withdrawal in 14
    await toRound(p, 11n); // the last round in which it can be claimed
    await claim(signed);
    await toRound(p, 13n);
    await expect(p.broker.connect(p.broadcaster).withdraw()).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerWithdrawTooEarly",
    );
    await expect(forfeit()).to.changeEtherBalance(p.ethers, p.treasury, 7);
  });

  it("a changed curing period leaves a default's round as it was", async function () {
    await claim(await winner());
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 4, curingPeriod: 2 });
    await claim(await winner({ commitmentIndex: 1n }));
    expect((await defaultOf()).curingRound).to.equal(11);
    expect((await defaultOf(1n)).curingRound).to.equal(12);
  });
});
