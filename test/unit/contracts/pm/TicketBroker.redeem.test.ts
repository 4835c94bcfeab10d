import { expect } from "chai";
import { parseEther, toBeHex, ZeroAddress } from "ethers";
import {
  drawOf,
  fundDeposit,
  loadProtocol,
  redeemAs,
  redemptionOf,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import type { Protocol, Redemption, SignedTicket, TicketOptions } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;
/** The order of the curve. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("TicketBroker.redeem", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await fundDeposit(p, parseEther("5"), parseEther("1"));
    await toRound(p, 10n);
  });

  const redeem = (signed: SignedTicket) => broker.redeem(...redemptionOf(signed));

  const expectUntouched = async () => {
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([parseEther("5"), parseEther("1"), 0n]);
    expect(await broker.isClosed(p.orchestrator, 10, 0)).to.equal(false);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(0);
  };

  it("moves the face value to the fees of the creation round", async function () {
    const redemption = redeem(await ticketOf(p, { creationRound: 8n, commitmentIndex: 3n }));
    await expect(redemption)
      .to.emit(broker, "TicketRedeemed")
      .withArgs(p.broadcaster.address, p.orchestrator.address, parseEther("1"), 8, 3);
    await expect(redemption).to.changeEtherBalance(p.ethers, broker, 0);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([parseEther("4"), parseEther("1"), 0n]);
    expect(await broker.feesOf(p.orchestrator, 8)).to.equal(parseEther("1"));
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(0);
  });

  it("closes one commitment of one round of one recipient, wherever its bit lies", async function () {
    const indices = [0n, 1n, 159n, 160n, 161n, 255n, 256n, 511n, 512n, 2n ** 32n - 1n];
    for (const [count, commitmentIndex] of indices.entries()) {
      await redeem(await ticketOf(p, { commitmentIndex, faceValue: 1n }));
      for (const [i, index] of indices.entries()) {
        const want = i <= count;
        expect(await broker.isClosed(p.orchestrator, 10, index), `${index} after ${commitmentIndex}`).to.equal(want);
      }
    }
    for (const open of [2n, 158n, 162n, 254n, 257n, 510n, 513n]) {
      expect(await broker.isClosed(p.orchestrator, 10, open), `${open}`).to.equal(false);
    }
    expect(await broker.isClosed(p.orchestrator, 9, 0)).to.equal(false);
    expect(await broker.isClosed(p.broadcaster, 10, 0)).to.equal(false);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(BigInt(indices.length));
  });

  it("numbers the commitments of each round and of each recipient from 0", async function () {
    for (const creationRound of [8n, 9n, 10n]) {
      await redeem(await ticketOf(p, { creationRound }));
      expect(await broker.feesOf(p.orchestrator, creationRound)).to.equal(parseEther("1"));
    }
    await redeemAs(p, { recipient: p.stranger.address });
    expect(await broker.feesOf(p.stranger, 10)).to.equal(parseEther("1"));
  });

  it("pays in each round of a ticket's life, even when paused and unlocking", async function () {
    const signed = await Promise.all([0n, 1n, 2n].map((commitmentIndex) => ticketOf(p, { commitmentIndex })));
    await p.broker.pause();
    await broker.connect(p.broadcaster).unlock();
    for (const [index, round] of [10n, 11n, 12n].entries()) {
      if (index > 0) await toRound(p, round);
      await redeem(signed[index]!);
    }
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("3"));
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

  it("P5: reverts for a ticket that was paid, and for another one on its commitment", async function () {
    for (const commitmentIndex of [0n, 160n]) {
      const signed = await ticketOf(p, { commitmentIndex });
      await redeem(signed);
      for (const again of [signed, await ticketOf(p, { commitmentIndex, salt: 8n })]) {
        await expect(redeem(again))
          .to.be.revertedWithCustomError(broker, "TicketBrokerCommitmentClosed")
          .withArgs(p.orchestrator.address, 10, commitmentIndex);
      }
    }
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("2"));
  });

  it("reverts for a ticket that lost", async function () {
    const drawn = async (options: TicketOptions) => {
      const signed = await ticketOf(p, options);
      return { signed, drawn: drawOf(await broker.hashTicket(signed.ticket), signed.recipientRand) };
    };
    let lost = await drawn({ winProb: ONE / 2n });
    for (let salt = 8n; lost.drawn < ONE / 2n; ++salt) lost = await drawn({ salt, winProb: ONE / 2n });
    await expect(redeem(lost.signed))
      .to.be.revertedWithCustomError(broker, "TicketBrokerTicketLost")
      .withArgs(lost.drawn, ONE / 2n);
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
    const refused = async (signed: SignedTicket, signer?: string) => {
      const reverted = expect(redeem(signed)).to.be.revertedWithCustomError(broker, "TicketBrokerInvalidSignature");
      const digest = await broker.hashTicket(signed.ticket);
      if (signer === undefined) await reverted;
      else await reverted.withArgs(signed.ticket.sender, signer, digest);
    };

    it("of somebody else", async function () {
      await refused(await ticketOf(p, { signer: p.stranger }), p.stranger.address);
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
      await expectUntouched();
    });

    it("over another commitment: the random number has to be its preimage", async function () {
      const signed = await ticketOf(p);
      await expect(redeem({ ...signed, recipientRand: 43n })).to.be.revertedWithCustomError(
        broker,
        "TicketBrokerInvalidSignature",
      );
    });

    it("P5: for another recipient", async function () {
      const signed = await ticketOf(p);
      for (const thief of [p.broadcaster, p.stranger]) {
        await expect(broker.connect(thief).redeem(...redemptionOf(signed))).to.be.revertedWithCustomError(
          broker,
          "TicketBrokerInvalidSignature",
        );
      }
      await redeem(signed);
    });

    it("P5: in its malleable twin, with a high s, or with anything that recovers nobody", async function () {
      const signed = await ticketOf(p);
      const [payer, terms, rand, r, vs] = redemptionOf(signed);
      const parity = BigInt(vs) >> 255n;
      const s = BigInt(vs) & (2n ** 255n - 1n);
      const word = (value: bigint) => toBeHex(value, 32);
      // The twin's s has no room in the compact form: what fits of it is another s.
      const twin = (ORDER - s) & (2n ** 255n - 1n);
      const digest = await broker.hashTicket(signed.ticket);
      for (const [i, [otherR, otherVs, recoversNobody]] of (
        [
          [r, word(((1n - parity) << 255n) | twin), false],
          [r, word((parity << 255n) | twin), false],
          [r, word(((1n - parity) << 255n) | s), false],
          [r, word((parity << 255n) | (ORDER / 2n + 1n)), true],
          [r, word(2n ** 256n - 1n), true],
          [r, word(parity << 255n), true],
          [word(0n), vs, true],
          [word(ORDER), vs, true],
          [word(0n), word(0n), true],
        ] as const
      ).entries()) {
        const other: Redemption = [payer, terms, rand, otherR, otherVs];
        const refusal = expect(broker.redeem(...other), `form ${i}`).to.be.revertedWithCustomError(
          broker,
          "TicketBrokerInvalidSignature",
        );
        if (recoversNobody) await refusal.withArgs(p.broadcaster.address, ZeroAddress, digest);
        else await refusal;
      }
      await expectUntouched();
    });

    it("that recovers nobody, though nobody is the sender", async function () {
      const signed = await ticketOf(p, { sender: ZeroAddress, faceValue: 0n });
      const [payer, terms, rand] = redemptionOf(signed);
      const nothing = toBeHex(0, 32);
      await expect(broker.redeem(payer, terms, rand, nothing, nothing))
        .to.be.revertedWithCustomError(broker, "TicketBrokerInvalidSignature")
        .withArgs(ZeroAddress, ZeroAddress, await broker.hashTicket(signed.ticket));
    });
  });

  it("P1: reverts when deposit and allocation are too low, and pays after a top-up", async function () {
    const faceValue = parseEther("5") + 3n;
    const signed = await ticketOf(p, { faceValue });
    await broker.fundAllocation(p.broadcaster, p.orchestrator, { value: 2n });
    await expect(redeem(signed))
      .to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds")
      .withArgs(faceValue - 1n, faceValue);
    await expectUntouched();

    await toRound(p, 12n);
    await fundDeposit(p, 1n);
    await redeem(signed);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, parseEther("1"), 0n]);
    expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([0n, 0n, 0n]);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(faceValue);
  });

  it("P3: takes from the deposit first, then from the recipient's own allocation, and from no other one", async function () {
    await broker.fundAllocation(p.broadcaster, p.orchestrator, { value: parseEther("2") });
    await broker.fundAllocation(p.broadcaster, p.stranger, { value: parseEther("9") });
    await broker.fundAllocation(p.stranger, p.orchestrator, { value: parseEther("9") });
    await redeem(await ticketOf(p, { faceValue: parseEther("4") }));
    expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([parseEther("2"), 0n, 0n]);
    await redeem(await ticketOf(p, { faceValue: parseEther("2"), commitmentIndex: 1n }));
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, parseEther("1"), 0n]);
    expect(await broker.allocationOf(p.broadcaster, p.orchestrator)).to.deep.equal([parseEther("1"), 0n, 0n]);
    await redeem(await ticketOf(p, { commitmentIndex: 2n }));
    await expect(redeem(await ticketOf(p, { faceValue: 1n, commitmentIndex: 3n })))
      .to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds")
      .withArgs(0, 1);
    expect(await broker.allocationOf(p.broadcaster, p.stranger)).to.deep.equal([parseEther("9"), 0n, 0n]);
    expect(await broker.allocationOf(p.stranger, p.orchestrator)).to.deep.equal([parseEther("9"), 0n, 0n]);
  });

  it("takes the largest values of every field", async function () {
    const max = (bits: bigint) => 2n ** bits - 1n;
    const signed = await ticketOf(p, {
      faceValue: 0n,
      winProb: max(64n),
      salt: max(128n),
      commitmentIndex: max(32n),
      recipientRand: max(256n),
    });
    await redeem(signed);
    expect(await broker.isClosed(p.orchestrator, 10, max(32n))).to.equal(true);
    await expect(redeem(await ticketOf(p, { faceValue: max(96n) })))
      .to.be.revertedWithCustomError(broker, "TicketBrokerInsufficientFunds")
      .withArgs(parseEther("5"), max(96n));
  });

  it("pays a recipient that nobody knows, and a contract that takes no ETH: fees are booked, not sent", async function () {
    const recipient = await p.token.getAddress();
    await p.networkHelpers.impersonateAccount(recipient);
    await p.networkHelpers.setBalance(recipient, parseEther("1"));
    const signed = await ticketOf(p, { recipient });
    await p.broker.connect(await p.ethers.getSigner(recipient)).redeem(...redemptionOf(signed));
    expect(await broker.feesOf(recipient, 10)).to.equal(parseEther("1"));
  });
});
