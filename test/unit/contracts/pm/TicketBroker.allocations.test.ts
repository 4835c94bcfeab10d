import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { fundDeposit, loadProtocol, redeemAs, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker's allocations", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.broadcaster);
    await toRound(p, 10n);
  });

  const fund = (value: bigint) => broker.fundAllocation(p.broadcaster, p.orchestrator, { value });
  const allocation = () => broker.allocationOf(p.broadcaster, p.orchestrator);
  const deposit = async () => (await broker.getSender(p.broadcaster)).deposit;

  describe("fundAllocation", function () {
    it("reverts when paused", async function () {
      await p.broker.pause();
      await expect(fund(1n)).to.be.revertedWithCustomError(broker, "EnforcedPause");
      await p.broker.unpause();
      await fund(1n);
    });

    it("reverts for a sender or a recipient that is zero", async function () {
      await expect(broker.fundAllocation(ZeroAddress, p.orchestrator, { value: 1 })).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerZeroSender",
      );
      await expect(broker.fundAllocation(p.broadcaster, ZeroAddress, { value: 1 })).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerZeroAddress",
      );
    });

    it("reverts when no ETH is sent", async function () {
      await expect(fund(0n)).to.be.revertedWithCustomError(broker, "TicketBrokerNothingFunded");
    });

    it("adds to what is set aside for one recipient, by anyone", async function () {
      await fund(5n);
      const funding = broker.connect(p.stranger).fundAllocation(p.broadcaster, p.orchestrator, { value: 2n });
      await expect(funding)
        .to.emit(broker, "AllocationFunded")
        .withArgs(p.broadcaster.address, p.orchestrator.address, p.stranger.address, 2);
      await expect(funding).to.changeEtherBalances(p.ethers, [p.stranger, broker], [-2, 2]);
      expect(await allocation()).to.deep.equal([7n, 0n, 0n]);
      expect(await deposit()).to.equal(0);
      expect(await broker.allocationOf(p.broadcaster, p.stranger)).to.deep.equal([0n, 0n, 0n]);
      expect(await broker.allocationOf(p.stranger, p.orchestrator)).to.deep.equal([0n, 0n, 0n]);
    });

    it("leaves a reduction on its way as it is", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 3);
      await toRound(p, 13n);
      await fund(10n);
      expect(await allocation()).to.deep.equal([15n, 3n, 14n]);
    });
  });

  describe("reduceAllocation", function () {
    it("reverts for more than there is", async function () {
      await fund(5n);
      await expect(broker.reduceAllocation(p.orchestrator, 6))
        .to.be.revertedWithCustomError(broker, "TicketBrokerAllocationTooSmall")
        .withArgs(5, 6);
      await expect(broker.connect(p.stranger).reduceAllocation(p.orchestrator, 1))
        .to.be.revertedWithCustomError(broker, "TicketBrokerAllocationTooSmall")
        .withArgs(0, 1);
    });

    it("starts an unlock period, each time anew", async function () {
      await fund(5n);
      await expect(broker.reduceAllocation(p.orchestrator, 5))
        .to.emit(broker, "AllocationReduced")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 5, 14);
      expect(await allocation()).to.deep.equal([5n, 5n, 14n]);
      await toRound(p, 12n);
      await broker.reduceAllocation(p.orchestrator, 2);
      expect(await allocation()).to.deep.equal([5n, 2n, 16n]);
    });

    it("fixes the round by the present parameters", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 5);
      await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 50, curingPeriod: 1 });
      expect(await allocation()).to.deep.equal([5n, 5n, 14n]);
      await broker.reduceAllocation(p.orchestrator, 5);
      expect(await allocation()).to.deep.equal([5n, 5n, 60n]);
    });

    it("of nothing calls a reduction off", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 5);
      await expect(broker.reduceAllocation(p.orchestrator, 0))
        .to.emit(broker, "AllocationReduced")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 0, 0);
      expect(await allocation()).to.deep.equal([5n, 0n, 0n]);
      await toRound(p, 14n);
      await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator)).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerNothingLeaving",
      );
    });
  });

  describe("releaseAllocation", function () {
    it("reverts when nothing leaves", async function () {
      await fund(5n);
      await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator))
        .to.be.revertedWithCustomError(broker, "TicketBrokerNothingLeaving")
        .withArgs(p.broadcaster.address, p.orchestrator.address);
    });

    it("reverts before the round", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 5);
      await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(14)) - 1n);
      await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator))
        .to.be.revertedWithCustomError(broker, "TicketBrokerReleaseTooEarly")
        .withArgs(13, 14);
    });

    it("moves what leaves to the deposit, by anyone, once", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 3);
      await toRound(p, 14n);
      const release = broker.connect(p.stranger).releaseAllocation(p.broadcaster, p.orchestrator);
      await expect(release)
        .to.emit(broker, "AllocationReleased")
        .withArgs(p.broadcaster.address, p.orchestrator.address, 3);
      await expect(release).to.changeEtherBalance(p.ethers, broker, 0);
      expect(await allocation()).to.deep.equal([2n, 0n, 0n]);
      expect(await deposit()).to.equal(3);
      await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator)).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerNothingLeaving",
      );
    });

    it("moves no more than tickets have left, and nothing of what was added later", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 4);
      await redeemAs(p, { faceValue: 3n });
      expect(await allocation()).to.deep.equal([2n, 2n, 14n]);
      await fund(10n);
      await toRound(p, 14n);
      await broker.releaseAllocation(p.broadcaster, p.orchestrator);
      expect(await allocation()).to.deep.equal([10n, 0n, 0n]);
      expect(await deposit()).to.equal(2);
    });

    it("has nothing to do when tickets have taken everything", async function () {
      await fund(5n);
      await broker.reduceAllocation(p.orchestrator, 4);
      await redeemAs(p, { faceValue: 5n });
      expect(await allocation()).to.deep.equal([0n, 0n, 0n]);
      await toRound(p, 14n);
      await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator)).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerNothingLeaving",
      );
    });
  });

  it("P3: all of it is there for every ticket that was made before the reduction, until it dies", async function () {
    await fund(5n);
    const signed = [];
    for (let index = 0n; index < 5n; index += 1n) {
      signed.push(await ticketOf(p, { faceValue: 1n, commitmentIndex: index, creationRound: 10n }));
    }
    await broker.reduceAllocation(p.orchestrator, 5);
    for (const [index, round] of [10n, 11n, 12n].entries()) {
      if (index > 0) await toRound(p, round);
      await p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed[index]!));
    }
    await toRound(p, 13n);
    await expect(broker.releaseAllocation(p.broadcaster, p.orchestrator)).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerReleaseTooEarly",
    );
    await expect(p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed[3]!))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerTicketExpired",
    );
  });

  it("P3: others' tickets, a withdrawal and a default take nothing of it", async function () {
    await fundDeposit(p, 3n, 2n);
    await fund(5n);
    await broker.unlock();
    await redeemAs(p, { recipient: p.stranger.address, faceValue: 1n });
    const large = await ticketOf(p, { recipient: p.stranger.address, faceValue: 9n, commitmentIndex: 1n });
    await p.broker.connect(p.stranger).claimDefault(...redemptionOf(large));
    await toRound(p, 14n);
    await broker.forfeitEscrow(p.stranger, 10, 1);
    await broker.withdraw();
    expect(await allocation()).to.deep.equal([5n, 0n, 0n]);
    await redeemAs(p, { faceValue: 5n });
  });
});
