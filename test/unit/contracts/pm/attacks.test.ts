import { expect } from "chai";
import { parseEther } from "ethers";
import {
  batchesOf,
  drawOf,
  fundDeposit,
  impersonate,
  loadProtocol,
  redeemAs,
  redemptionOf,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import type { Protocol, SignedTicket, TicketOptions } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;

/** What somebody could try against the others, and what it gains. */
describe("attacks on the TicketBroker", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await toRound(p, 10n);
  });

  const redeem = (signed: SignedTicket) => broker.redeem(...redemptionOf(signed));

  it("P1: one wei of dust, or one that is missing, burns no winner", async function () {
    const signed = await ticketOf(p);
    await fundDeposit(p, 1n);
    for (const _ of [1, 2]) {
      await expect(redeem(signed))
        .to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds")
        .withArgs(1, parseEther("1"));
    }
    await fundDeposit(p, parseEther("1") - 2n);
    await expect(redeem(signed)).to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds");
    await fundDeposit(p, 1n);
    await redeem(signed);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
  });

  it("P1: an empty deposit consumes nothing of an orchestrator that is not active, nor registered", async function () {
    expect(await p.bonding.isRegistered(p.orchestrator)).to.equal(false);
    const signed = await ticketOf(p);
    await expect(redeem(signed)).to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds");
    await fundDeposit(p, parseEther("1"));
    await redeem(signed);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
  });

  it("P3: any number of other allocations, winners and defaults leaves one's own as it is", async function () {
    await broker.fundAllocation(p.broadcaster, p.orchestrator, { value: 100n });
    for (const other of p.others.slice(0, 5)) {
      await broker.fundAllocation(p.broadcaster, other, { value: 10n });
      await redeemAs(p, { recipient: other.address, faceValue: 10n });
      const unpaid = await ticketOf(p, { recipient: other.address, commitmentIndex: 1n });
      await p.broker.connect(other).claimDefault(...redemptionOf(unpaid));
    }
    expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([100n, 0n, 0n]);
    await redeem(await ticketOf(p, { faceValue: 100n }));
  });

  it("P1: who has seen a random number, in a failed or pending call, cannot close its commitment", async function () {
    const winner = await ticketOf(p);
    await expect(redeem(winner)).to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds");
    const { recipientRand } = winner;
    const worthless = await ticketOf(p, { faceValue: 0n, recipientRand });
    for (const attacker of [p.broadcaster, p.stranger]) {
      await expect(p.broker.connect(attacker).redeem(...redemptionOf(worthless))).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerInvalidSignature",
      );
      await p.broker.connect(attacker).redeemBatch(batchesOf([redemptionOf(worthless)]));
    }
    // It may sign a ticket for itself on the same number, which closes a commitment of its own.
    const own = await ticketOf(p, { recipient: p.broadcaster.address, recipientRand, faceValue: 0n });
    await p.broker.connect(p.broadcaster).redeem(...redemptionOf(own));
    expect(await broker.isClosed(p.orchestrator, 10, 0)).to.equal(false);
    await fundDeposit(p, parseEther("1"));
    await redeem(winner);
  });

  it("P5: a batch that somebody copies from the pool of transactions pays nobody, and the recipient still", async function () {
    await fundDeposit(p, parseEther("2"));
    const items = batchesOf([
      redemptionOf(await ticketOf(p)),
      redemptionOf(await ticketOf(p, { commitmentIndex: 1n })),
    ]);
    expect(await p.broker.connect(p.stranger).redeemBatch.staticCall(items)).to.equal(0);
    await p.broker.connect(p.stranger).redeemBatch(items);
    expect(await broker.feesOf(p.stranger, 10)).to.equal(0);
    expect(await broker.redeemBatch.staticCall(items)).to.equal(2);
  });

  it("P5: one bad ticket in front, or an empty payer, stops no other", async function () {
    await fundDeposit(p, parseEther("1"));
    const bad = await ticketOf(p, { sender: p.stranger.address, signer: p.stranger, commitmentIndex: 1n });
    const items = batchesOf([redemptionOf(bad), redemptionOf(await ticketOf(p)), redemptionOf(bad)]);
    expect(await broker.redeemBatch.staticCall(items)).to.equal(1);
  });

  it("P5: a ticket of another chain or another broker, with the same names and keys, is nothing here", async function () {
    await fundDeposit(p, parseEther("1"));
    for (const domain of [{ chainId: 42161n }, { verifyingContract: await p.bonding.getAddress() }]) {
      await expect(redeem(await ticketOf(p, { domain }))).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerInvalidSignature",
      );
    }
  });

  it("P2: a sender that runs for its money as soon as a winner is drawn comes too late", async function () {
    await fundDeposit(p, parseEther("1"), 1n);
    const winner = await ticketOf(p);
    await p.broker.connect(p.broadcaster).unlock();
    await toRound(p, 12n);
    await expect(p.broker.connect(p.broadcaster).withdraw()).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerWithdrawTooEarly",
    );
    await redeem(winner);
    await toRound(p, 14n);
    await expect(p.broker.connect(p.broadcaster).withdraw()).to.changeEtherBalance(p.ethers, p.broadcaster, 1);
  });

  it("P2: a shorter unlock period binds later unlocks only, and none below a ticket's life", async function () {
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 10, curingPeriod: 1 });
    await fundDeposit(p, parseEther("1"));
    await p.broker.connect(p.broadcaster).unlock();
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 4, curingPeriod: 1 });
    expect((await broker.getSender(p.broadcaster)).withdrawRound).to.equal(20);
    await expect(
      p.broker.setParameters({ ticketValidity: 3, unlockPeriod: 4, curingPeriod: 1 }),
    ).to.be.revertedWithCustomError(broker, "TicketBrokerUnlockPeriodTooShort");
  });

  it("P6: the draw takes nothing of the signature, so a sender cannot grind it by signing again", async function () {
    await fundDeposit(p, parseEther("2"));
    const [key] = p.others;
    await p.broker.connect(p.broadcaster).authorizeSigner(key!, 20, parseEther("1"));
    const options: TicketOptions = { winProb: ONE / 2n };
    let signed = await ticketOf(p, options);
    while (drawOf(await broker.hashTicket(signed.ticket), signed.recipientRand) >= ONE / 2n) {
      signed = await ticketOf(p, { ...options, salt: signed.ticket.salt + 1n });
    }
    // Another signer, another signature, the same ticket: it wins all the same.
    const other = await ticketOf(p, { ...options, salt: signed.ticket.salt, signer: key! });
    expect(other.signature).not.to.equal(signed.signature);
    await broker.redeem.staticCall(...redemptionOf(signed));
    await redeem(other);
  });

  it("P6: each field of a ticket, and the random number, moves the draw", async function () {
    const { ticket, recipientRand } = await ticketOf(p);
    const drawn = async (changes: object) =>
      broker.draw(await broker.hashTicket({ ...ticket, ...changes }), recipientRand);
    const draws = await Promise.all(
      [
        {},
        { recipient: p.stranger.address },
        { sender: p.stranger.address },
        { faceValue: 2n },
        { winProb: 1n },
        { salt: 8n },
        { commitment: `0x${"11".repeat(32)}` },
        { commitmentIndex: 1n },
        { creationRound: 11n },
      ].map(drawn),
    );
    draws.push(await broker.draw(await broker.hashTicket(ticket), recipientRand + 1n));
    expect(new Set(draws).size).to.equal(draws.length);
  });

  it("P6: a recipient cannot present another number for its commitment", async function () {
    await fundDeposit(p, parseEther("1"));
    const loser = await ticketOf(p, { winProb: 1n });
    await expect(redeem(loser)).to.be.revertedWithCustomError(broker, "TicketBrokerTicketLost");
    for (let recipientRand = 0n; recipientRand < 5n; recipientRand += 1n) {
      // The commitment follows from the number, so this is another ticket: one that nobody signed, should it win.
      const items = batchesOf([redemptionOf({ ...loser, recipientRand })]);
      expect(await broker.redeemBatch.staticCall(items)).to.equal(0);
    }
    const winner = await ticketOf(p);
    await expect(redeem({ ...winner, recipientRand: 43n })).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerInvalidSignature",
    );
  });

  it("P5: winners in flight under neighbouring commitments are all paid, in any order", async function () {
    await fundDeposit(p, 10n);
    const signed = await Promise.all(
      [0n, 1n, 159n, 160n].map((commitmentIndex) => ticketOf(p, { commitmentIndex, faceValue: 2n })),
    );
    for (const index of [2, 0, 3, 1]) await redeem(signed[index]!);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(8);
  });

  it("P5: of two winners on a commitment that was given out twice, the recipient can choose one", async function () {
    await fundDeposit(p, 10n);
    const small = await ticketOf(p, { faceValue: 1n });
    const large = await ticketOf(p, { faceValue: 9n, salt: 8n });
    await redeem(large);
    await expect(redeem(small)).to.be.revertedWithCustomError(broker, "TicketBrokerCommitmentClosed");
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(9);
  });

  it("a number of one round is none of another: the same commitment wins once in each", async function () {
    await fundDeposit(p, 10n);
    for (const creationRound of [9n, 10n]) await redeem(await ticketOf(p, { creationRound, faceValue: 1n }));
    expect(await broker.isClosed(p.orchestrator, 11, 0)).to.equal(false);
  });

  it("P4: a sender that tops up within the curing period keeps its escrow; one second later anybody can take it", async function () {
    await fundDeposit(p, 1n, 5n);
    for (const commitmentIndex of [0n, 1n]) {
      await broker.claimDefault(...redemptionOf(await ticketOf(p, { commitmentIndex, faceValue: 2n })));
    }
    const end = await p.rounds.roundStart(12);
    await fundDeposit(p, 1n);
    await p.networkHelpers.time.setNextBlockTimestamp(end - 1n);
    await broker.settleDefault(p.orchestrator, 10, 0);
    await toRound(p, 12n);
    await fundDeposit(p, 2n);
    await broker.forfeitEscrow(p.orchestrator, 10, 1);
    expect((await broker.getSender(p.broadcaster)).escrow).to.equal(0);
  });

  it("P4: a top-up before a claim makes it a redemption", async function () {
    await fundDeposit(p, 1n, 5n);
    const winner = await ticketOf(p, { faceValue: 2n });
    await fundDeposit(p, 1n);
    await expect(broker.claimDefault(...redemptionOf(winner))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerNotInDefault",
    );
    await redeem(winner);
  });

  it("P4: a sender that defaults to a puppet of its own gets nothing of its escrow out", async function () {
    await fundDeposit(p, 0n, 50n);
    const puppet = p.stranger;
    await p.broker
      .connect(puppet)
      .claimDefault(...redemptionOf(await ticketOf(p, { recipient: puppet.address, faceValue: 50n })));
    await toRound(p, 12n);
    const forfeiting = p.broker.connect(puppet).forfeitEscrow(puppet, 10, 0);
    await expect(forfeiting).to.changeEtherBalances(
      p.ethers,
      [p.broadcaster, puppet, p.treasury, broker],
      [0, 0, 50, -50],
    );
    expect(await broker.feesOf(puppet, 10)).to.equal(0);
  });

  it("P4: a withdrawal does not outrun a default of a ticket from before the unlock", async function () {
    await fundDeposit(p, 1n, 5n);
    const winner = await ticketOf(p, { faceValue: 2n });
    await p.broker.connect(p.broadcaster).unlock();
    await toRound(p, 11n);
    await broker.claimDefault(...redemptionOf(winner));
    await toRound(p, 13n);
    await broker.forfeitEscrow(p.orchestrator, 10, 0);
    await toRound(p, 14n);
    await expect(p.broker.connect(p.broadcaster).withdraw()).to.changeEtherBalance(p.ethers, p.broadcaster, 1);
  });

  it("withholding a winner's fees, or pulling them often, changes nobody's", async function () {
    await fundDeposit(p, 10n);
    await redeem(await ticketOf(p, { faceValue: 4n }));
    const asBonding = p.broker.connect(await impersonate(p, await p.bonding.getAddress()));
    await toRound(p, 12n);
    for (const _ of [1, 2]) await expect(asBonding.pullFees(p.orchestrator, 0)).not.to.emit(broker, "FeesPulled");
    await redeem(await ticketOf(p, { faceValue: 3n, creationRound: 10n, commitmentIndex: 1n }));
    await toRound(p, 100n);
    await expect(asBonding.pullFees(p.orchestrator, 0))
      .to.emit(broker, "FeesPulled")
      .withArgs(p.orchestrator.address, 10, 7);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 11)).to.deep.equal([98n, 0n]);
  });

  it("a contract that takes no ETH can be a sender, and blocks nothing but its own withdrawal", async function () {
    const wallet = await impersonate(p, await p.token.getAddress());
    const own = p.broker.connect(wallet);
    await own.authorizeSigner(p.stranger, 30, 10);
    await p.broker.fund(wallet, 2, { value: 10n });
    await redeem(await ticketOf(p, { sender: wallet.address, signer: p.stranger, faceValue: 3n }));
    await own.unlock();
    await toRound(p, 14n);
    await expect(own.withdraw()).to.be.revertedWithCustomError(broker, "FailedCall");
    expect(await broker.getSender(wallet)).to.deep.equal([5n, 2n, 14n]);
    await own.cancelUnlock();
  });
});
