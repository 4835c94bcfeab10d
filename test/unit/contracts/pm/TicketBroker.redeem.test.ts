import { expect } from "chai";
import { AbiCoder, hexlify, parseEther, Signature } from "ethers";
import { commitmentTo, drawOf, fundDeposit, loadProtocol, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol, SignedTicket } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;

describe("TicketBroker.redeem", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await fundDeposit(p, parseEther("5"), parseEther("1"));
    await toRound(p, 10n);
  });

  const redeem = ({ ticket, signature, recipientRand }: SignedTicket) =>
    broker.redeem(ticket, signature, recipientRand);

  const expectUntouched = async () => {
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([parseEther("5"), parseEther("1"), 0n]);
    expect(await broker.isClosed(p.orchestrator, 0)).to.equal(false);
  };

  it("reverts for anybody but the recipient, with the sender among them", async function () {
    const { ticket, signature, recipientRand } = await ticketOf(p);
    for (const submitter of [p.broadcaster, p.stranger]) {
      await expect(broker.connect(submitter).redeem(ticket, signature, recipientRand))
        .to.be.revertedWithCustomError(broker, "TicketBrokerNotRecipient")
        .withArgs(submitter.address, p.orchestrator.address);
    }
  });

  it("reverts for a ticket of a round that has not come", async function () {
    await expect(redeem(await ticketOf(p, { creationRound: 11n })))
      .to.be.revertedWithCustomError(broker, "TicketBrokerTicketFromFuture")
      .withArgs(10, 11);
  });

  it("reverts for an expired ticket", async function () {
    await expect(redeem(await ticketOf(p, { creationRound: 7n })))
      .to.be.revertedWithCustomError(broker, "TicketBrokerTicketExpired")
      .withArgs(10, 9);
  });

  it("reverts for a random number that the commitment does not hold", async function () {
    const signed = await ticketOf(p);
    await expect(redeem({ ...signed, recipientRand: 43n }))
      .to.be.revertedWithCustomError(broker, "TicketBrokerWrongRecipientRand")
      .withArgs(commitmentTo(43n), commitmentTo(42n));
  });

  it("P5: reverts for a ticket that was paid, and for another one on its commitment", async function () {
    const signed = await ticketOf(p);
    await redeem(signed);
    await expect(redeem(signed))
      .to.be.revertedWithCustomError(broker, "TicketBrokerCommitmentClosed")
      .withArgs(p.orchestrator.address, 0);
    await expect(redeem(await ticketOf(p, { salt: 8n }))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerCommitmentClosed",
    );
  });

  it("reverts for a ticket that lost", async function () {
    for (let salt = 0n; ; ++salt) {
      const signed = await ticketOf(p, { salt, winProb: ONE / 2n });
      const drawn = drawOf(await broker.hashTicket(signed.ticket), signed.recipientRand);
      if (drawn < ONE / 2n) continue;
      await expect(redeem(signed))
        .to.be.revertedWithCustomError(broker, "TicketBrokerTicketLost")
        .withArgs(drawn, ONE / 2n);
      break;
    }
    await expect(redeem(await ticketOf(p, { winProb: 0n }))).to.be.revertedWithCustomError(
      broker,
      "TicketBrokerTicketLost",
    );
    await expectUntouched();
  });

  it("pays a ticket whose draw is below its win probability", async function () {
    for (let salt = 0n; ; ++salt) {
      const signed = await ticketOf(p, { salt, winProb: ONE / 2n });
      if (drawOf(await broker.hashTicket(signed.ticket), signed.recipientRand) >= ONE / 2n) continue;
      await redeem(signed);
      break;
    }
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
  });

  describe("reverts for a signature", function () {
    const refused = async (signed: SignedTicket) =>
      expect(redeem(signed))
        .to.be.revertedWithCustomError(broker, "TicketBrokerInvalidSignature")
        .withArgs(signed.ticket.sender, await broker.hashTicket(signed.ticket));

    it("of somebody else", async function () {
      await refused(await ticketOf(p, { signer: p.stranger }));
    });

    it("P5: for another chain", async function () {
      await refused(await ticketOf(p, { domain: { chainId: 1n } }));
    });

    it("P5: for another broker", async function () {
      await refused(await ticketOf(p, { domain: { verifyingContract: p.stranger.address } }));
    });

    it("under another name or version", async function () {
      await refused(await ticketOf(p, { domain: { name: "Livepeer TicketBroker" } }));
      await refused(await ticketOf(p, { domain: { version: "2" } }));
    });

    it("over any other field", async function () {
      const signed = await ticketOf(p);
      const changes = [
        { sender: p.stranger.address },
        { faceValue: 1n },
        { winProb: 2n * 10n ** 18n },
        { salt: 8n },
        { commitmentIndex: 1n },
        { creationRound: 9n },
      ];
      for (const change of changes) await refused({ ...signed, ticket: { ...signed.ticket, ...change } });

      const stolen = { ...signed.ticket, recipient: p.stranger.address };
      await expect(
        broker.connect(p.stranger).redeem(stolen, signed.signature, signed.recipientRand),
      ).to.be.revertedWithCustomError(broker, "TicketBrokerInvalidSignature");
    });

    it("in the compact form, with high s, of wrong length, or empty", async function () {
      const signed = await ticketOf(p);
      const { r, s, v, compactSerialized } = Signature.from(signed.signature);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const highS = hexlify(
        AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [r, order - BigInt(s)]) + (v === 27 ? "1c" : "1b"),
      );
      for (const signature of [
        compactSerialized,
        highS,
        signed.signature.slice(0, -2),
        `${signed.signature}00`,
        "0x",
      ]) {
        await refused({ ...signed, signature });
      }
      await expectUntouched();
    });

    it("of a contract that does not stand by it, or that answers for ever", async function () {
      const wallet = await p.ethers.deployContract("WalletMockForTicketBroker");
      await broker.fund(wallet, 0, { value: parseEther("2") });
      const signed = { ...(await ticketOf(p, { sender: await wallet.getAddress() })), signature: "0x1234" };
      await refused(signed);

      await wallet.approve(await broker.hashTicket(signed.ticket));
      await wallet.setGreedy(true);
      await refused(signed);
      await wallet.setGreedy(false);
      await redeem(signed);
      expect(await broker.getSender(wallet)).to.deep.equal([parseEther("1"), 0n, 0n]);
    });
  });

  it("P1: reverts when the deposit is too low, and pays after a top-up", async function () {
    const signed = await ticketOf(p, { faceValue: parseEther("5") + 1n });
    await expect(redeem(signed))
      .to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientDeposit")
      .withArgs(parseEther("5"), parseEther("5") + 1n);
    await expectUntouched();

    await toRound(p, 12n);
    await fundDeposit(p, 1n);
    await redeem(signed);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, parseEther("1"), 0n]);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("5") + 1n);
  });

  it("P1: a sender that has learnt the random number cannot close the commitment for less", async function () {
    const winner = await ticketOf(p, { faceValue: parseEther("5") + 1n });
    await expect(redeem(winner)).to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientDeposit");
    const worthless = await ticketOf(p, { faceValue: 0n, recipientRand: winner.recipientRand });
    await expect(
      broker.connect(p.broadcaster).redeem(worthless.ticket, worthless.signature, worthless.recipientRand),
    ).to.be.revertedWithCustomError(broker, "TicketBrokerNotRecipient");
    await broker.connect(p.broadcaster).redeemBatch([worthless]);
    expect(await broker.isClosed(p.orchestrator, 0)).to.equal(false);
    await fundDeposit(p, 1n);
    await redeem(winner);
  });

  it("moves the face value to the fees of the creation round", async function () {
    const signed = await ticketOf(p, { creationRound: 8n, commitmentIndex: 300n });
    const redemption = redeem(signed);
    await expect(redemption)
      .to.emit(broker, "TicketRedeemed")
      .withArgs(p.broadcaster.address, p.orchestrator.address, 300, parseEther("1"), 8, 42);
    await expect(redemption).to.changeEtherBalance(p.ethers, broker, 0);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([parseEther("4"), parseEther("1"), 0n]);
    expect(await broker.feesOf(p.orchestrator, 8)).to.equal(parseEther("1"));
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(0);
    expect(await broker.isClosed(p.orchestrator, 300)).to.equal(true);
    for (const open of [0, 299, 301, 44]) expect(await broker.isClosed(p.orchestrator, open)).to.equal(false);
    expect(await broker.isClosed(p.broadcaster, 300)).to.equal(false);
  });

  it("pays in each round of a ticket's life, even when paused and unlocking", async function () {
    await p.broker.pause();
    await broker.connect(p.broadcaster).unlock();
    for (const [index, creationRound] of [8n, 9n, 10n].entries()) {
      const { ticket, signature, recipientRand } = await ticketOf(p, { creationRound, commitmentIndex: BigInt(index) });
      await redeem({ ticket, signature, recipientRand });
      expect(await broker.feesOf(p.orchestrator, creationRound)).to.equal(parseEther("1"));
    }
  });

  it("keeps the commitments of recipients apart", async function () {
    await redeem(await ticketOf(p));
    const { ticket, signature, recipientRand } = await ticketOf(p, { recipient: p.stranger.address });
    await broker.connect(p.stranger).redeem(ticket, signature, recipientRand);
    expect(await broker.feesOf(p.stranger, 10)).to.equal(parseEther("1"));
  });

  it("takes the largest values of every field", async function () {
    const max = (bits: bigint) => 2n ** bits - 1n;
    const signed = await ticketOf(p, {
      faceValue: 0n,
      winProb: max(64n),
      salt: max(128n),
      commitmentIndex: max(64n),
      recipientRand: max(256n),
    });
    await redeem(signed);
    expect(await broker.isClosed(p.orchestrator, max(64n))).to.equal(true);
  });
});
