import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import fc from "fast-check";
import type { Payment, SenderSession } from "../../../offchain/pm/interface.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import { winRate } from "../../../offchain/pm/formulas.ts";
import { ticketValue } from "../../../offchain/pm/price.ts";
import { TicketSender } from "../../../offchain/pm/sender.ts";
import { recoverTicketSigner, ticketDigest } from "../../../offchain/pm/ticket.ts";
import { expectCode } from "./coded.ts";
import {
  createWorld,
  DOMAIN,
  ETHER,
  FACE,
  FEE,
  PRICE,
  HOT,
  HOT_KEY,
  RECIPIENT,
  SENDER,
  SENDER_KEY,
  seededRandomness,
  type World,
} from "./world.ts";

describe("TicketSender", () => {
  let world: World;
  beforeEach(() => (world = createWorld()));
  afterEach(() => world.close());

  const start = async (): Promise<SenderSession> => world.sender.startSession(await world.quote(), RECIPIENT);
  const indexOf = ({ ticket }: Payment): bigint => ticket.commitmentIndex;

  describe("startSession refuses", () => {
    it("what the schema does not know", async () => {
      const quote = (await world.quote()) as Record<string, unknown>;
      const bad = [null, {}, { ...quote, extra: 1 }, { ...quote, faceValue: "0" }, { ...quote, commitments: [] }];
      for (const input of bad) await expectCode(world.sender.startSession(input, RECIPIENT), "TicketInvalid");
    });

    it("a quote of another recipient or for another sender", async () => {
      const quote = (await world.quote()) as Record<string, unknown>;
      await expectCode(world.sender.startSession(quote, SENDER), "TicketInvalid");
      await expectCode(world.sender.startSession({ ...quote, sender: RECIPIENT }, RECIPIENT), "TicketInvalid");
    });

    it("a quote that has run out, not in its last millisecond", async () => {
      const quote = await world.quote();
      const validUntil = world.clock.now() + 60_000;
      world.clock.advance(60_000);
      await world.sender.startSession(quote, RECIPIENT);
      world.clock.advance(1);
      const error = await expectCode(world.sender.startSession(quote, RECIPIENT), "TicketParamsExpired");
      expect(error.data).to.deep.equal({ validUntil, now: validUntil + 1 });
    });

    it("a quote of a round that is not near its own view", async () => {
      const quote = await world.quote();
      for (const [round, code] of [
        [8, "TicketExpired"],
        [12, "TicketParamsExpired"],
      ] as const) {
        world.broker.round = round;
        const error = await expectCode(world.sender.startSession(quote, RECIPIENT), code);
        expect(error.data).to.deep.equal({ creationRound: 10, currentRound: round });
      }
      for (const round of [9, 10, 11]) {
        world.broker.round = round;
        await world.sender.startSession(quote, RECIPIENT);
      }
    });

    it("a price above the maximum, by the smallest part", async () => {
      const cheap = createWorld({
        sender: { maxPrice: { numerator: PRICE.numerator * 10n ** 9n - 1n, denominator: 10n ** 9n } },
      });
      try {
        const error = await expectCode(cheap.sender.startSession(await cheap.quote(), RECIPIENT), "PriceTooHigh");
        expect(error.data).to.deep.equal({ numerator: "1000", denominator: "1" });
      } finally {
        cheap.close();
      }
    });

    it("a face value above its limit or its deposit", async () => {
      await world.sender.startSession(await world.quote(ETHER), RECIPIENT);
      world.broker.deposits.set(SENDER, 2n * ETHER);
      const high = await world.quote(ETHER + 1n);
      const error = await expectCode(world.sender.startSession(high, RECIPIENT), "FaceValueTooHigh");
      expect(error.data).to.deep.equal({
        faceValueWei: (ETHER + 1n).toString(),
        maxFaceValueWei: ETHER.toString(),
      });
      const quote = await world.quote();
      world.broker.deposits.set(SENDER, FACE - 1n);
      await expectCode(world.sender.startSession(quote, RECIPIENT), "DepositTooLow");
    });
  });

  describe("createTicket", () => {
    it("pays the fee with an expected value that is not below it", async () => {
      const session = await start();
      const payment = await session.createTicket(FEE + 1n, 10);
      expect(ticketValue(payment.ticket) >= (FEE + 1n) * 10n ** 18n).to.be.true;
      await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FEE + 1n });
    });

    it("uses a different commitment for each ticket in flight, the freest one when all are taken", async () => {
      const session = await start();
      const inFlight = await Promise.all([1, 2, 3, 4].map(() => session.createTicket(FEE, 10)));
      expect(inFlight.map(indexOf)).to.deep.equal([0n, 1n, 2n, 3n]);
      session.settle(inFlight[2]!);
      expect(indexOf(await session.createTicket(FEE, 10))).to.equal(2n);
      expect(indexOf(await session.createTicket(FEE, 10))).to.equal(0n);
    });

    it("is not confused by a payment that is settled twice", async () => {
      const session = await start();
      const first = await session.createTicket(FEE, 10);
      session.settle(first);
      session.settle(first);
      expect(indexOf(await session.createTicket(FEE, 10))).to.equal(0n);
      expect(indexOf(await session.createTicket(FEE, 10))).to.equal(1n);
    });

    describe("after the recipient has refused a payment without taking it", () => {
      it("P6: pays the next fee of its worth with the same ticket, which is in the book once", async () => {
        const session = await start();
        const first = await session.createTicket(FEE, 10);
        session.giveBack(first);
        session.settle(first);
        const sent = world.sender.sent(RECIPIENT);
        const exposure = world.sender.exposure();
        const again = await session.createTicket(FEE, 10);
        expect(again.ticket).to.deep.equal(first.ticket);
        expect(world.sender.sent(RECIPIENT)).to.deep.equal(sent);
        expect(world.sender.exposure()).to.equal(exposure);
        await world.recipient.receive(world.wire(again), { sender: SENDER, fee: FEE });
        // Once it was sent again it is sent no more.
        expect((await session.createTicket(FEE, 10)).ticket.salt).not.to.equal(first.ticket.salt);
      });

      it("signs another one for a fee of another worth, and keeps it for its own", async () => {
        const session = await start();
        const first = await session.createTicket(FEE, 10);
        session.giveBack(first);
        session.settle(first);
        expect((await session.createTicket(FEE + FEE / 2n, 10)).ticket.salt).not.to.equal(first.ticket.salt);
        expect((await session.createTicket(FEE, 10)).ticket).to.deep.equal(first.ticket);
      });

      it("sends it with the terms of the latest quote, and counts it as in flight", async () => {
        const session = await start();
        const first = await session.createTicket(FEE, 10);
        session.giveBack(first);
        session.settle(first);
        world.clock.advance(30_000);
        await session.update(await world.quote());
        world.clock.advance(45_000);
        const again = await session.createTicket(FEE, 10);
        expect(again.ticket).to.deep.equal(first.ticket);
        await world.recipient.receive(world.wire(again), { sender: SENDER, fee: FEE });
        expect(indexOf(await session.createTicket(FEE, 10))).not.to.equal(indexOf(first));
      });

      it("forgets it when its commitment is not handed out any more", async () => {
        const session = await start();
        const first = await session.createTicket(FEE, 10);
        session.giveBack(first);
        session.settle(first);
        world.broker.round = 11;
        await session.update(await world.quote());
        expect((await session.createTicket(FEE, 11)).ticket.creationRound).to.equal(11);
      });
    });

    it("uses a fresh salt for each ticket", async () => {
      const session = await start();
      const salts = new Set<bigint>();
      for (let i = 0; i < 50; i += 1) salts.add((await session.createTicket(FEE, 10)).ticket.salt);
      expect(salts.size).to.equal(50);
    });

    it("refuses a fee above the face value, one of zero, and a quote that has run out", async () => {
      const session = await start();
      await expectCode(session.createTicket(FACE + 1n, 10), "FeeAboveFaceValue");
      await session.createTicket(0n, 10).then(
        () => expect.fail(),
        (error: unknown) => expect(error).to.be.instanceOf(RangeError),
      );
      world.clock.advance(60_001);
      await expectCode(session.createTicket(FEE, 10), "TicketParamsExpired");
    });

    it("makes tickets of its quote's round, in that round and the next", async () => {
      const session = await start();
      expect((await session.createTicket(FEE, 10)).ticket.creationRound).to.equal(10);
      expect((await session.createTicket(FEE, 11)).ticket.creationRound).to.equal(10);
      await expectCode(session.createTicket(FEE, 12), "TicketParamsExpired");
    });

    it("counts tickets in flight by round and index", async () => {
      const session = await start();
      await session.createTicket(FEE, 10);
      world.broker.round = 11;
      await session.update(await world.quote());
      const payment = await session.createTicket(FEE, 11);
      expect([payment.ticket.creationRound, indexOf(payment)]).to.deep.equal([11, 0n]);
      expect(world.sender.exposure(), "two commitments of one number").to.equal(2n * FACE);
      await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FEE });
    });

    it("counts a failure as settled", async () => {
      const session = await start();
      await expectCode(session.createTicket(FACE + 1n, 10), "FeeAboveFaceValue");
      expect(indexOf(await session.createTicket(FEE, 10))).to.equal(0n);
    });

    it("keeps exact totals per recipient", async () => {
      const session = await start();
      const payments = [await session.createTicket(FEE, 10), await session.createTicket(7n, 10)];
      expect(world.sender.sent(RECIPIENT)).to.deep.equal({
        count: 2n,
        faceValue: 2n * FACE,
        expectedValue: payments.reduce((sum, { ticket }) => sum + ticketValue(ticket), 0n),
      });
      expect(world.sender.sent()).to.deep.equal(world.sender.sent(RECIPIENT));
      expect(world.sender.sent(SENDER).count).to.equal(0n);
    });
  });

  describe("never signs what the deposit could not pay", () => {
    it("counts each commitment in use once, however many tickets use it", async () => {
      world.broker.deposits.set(SENDER, 2n * FACE);
      const session = await start();
      const first = await session.createTicket(FEE, 10);
      session.settle(first);
      for (let i = 0; i < 20; i += 1) session.settle(await session.createTicket(FEE, 10));
      expect(world.sender.exposure()).to.equal(FACE);
    });

    it("refuses the ticket that would be one too many, also when they are made at once", async () => {
      world.broker.deposits.set(SENDER, 3n * FACE - 1n);
      const session = await start();
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => session.createTicket(FEE, 10)));
      expect(results.filter(({ status }) => status === "fulfilled").length).to.equal(2);
      expect(world.sender.exposure()).to.equal(2n * FACE);
      expect(world.sender.sent().count).to.equal(2n);
    });

    it("counts of each commitment the highest face value that was signed against it", async () => {
      const session = await start();
      session.settle(await session.createTicket(FEE, 10));
      const other = async (face: bigint): Promise<void> => {
        const next = await world.sender.startSession(await world.quote(face), RECIPIENT);
        expect(indexOf(await next.createTicket(FEE, 10))).to.equal(0n);
      };
      await other(3n * FACE);
      expect(world.sender.exposure()).to.equal(3n * FACE);
      await other(2n * FACE);
      expect(world.sender.exposure()).to.equal(3n * FACE);
    });

    it("needs nothing more for another ticket on a commitment that is counted already", async () => {
      world.broker.deposits.set(SENDER, 4n * FACE);
      const session = await start();
      for (let i = 0; i < 12; i += 1) await session.createTicket(FEE, 10);
      expect(world.sender.exposure()).to.equal(4n * FACE);
      await expectCode(world.sender.startSession(await world.quote(), RECIPIENT), "DepositTooLow");
    });

    it("reads the deposit afresh only when what it read may not show a payment yet", async () => {
      const fresh: boolean[] = [];
      const sender = world.broker.sender.bind(world.broker);
      world.broker.sender = (address, options) => {
        // The recipient, which reads the same, says how old it may be.
        if (address === SENDER && options?.fresh !== undefined) fresh.push(options.fresh);
        return sender(address, options);
      };
      world.broker.deposits.set(SENDER, FACE);
      const session = await start();
      await session.createTicket(FEE, 10);
      expect(fresh.splice(0)).to.deep.equal([false, false]);
      world.broker.deposits.set(SENDER, 5n * FACE);
      await session.createTicket(FEE, 10);
      await session.createTicket(FEE, 10);
      expect(fresh.splice(0)).to.deep.equal([false, false]);
      // The deposit is too low until the book has learned that two winners were paid.
      world.broker.deposits.set(SENDER, 3n * FACE);
      for (const index of [0, 1]) world.broker.closed.add(`${RECIPIENT}/10/${index}`);
      await session.createTicket(FEE, 10);
      expect(fresh.splice(0)).to.deep.equal([false, true]);
      await session.createTicket(FEE, 10);
      expect(fresh).to.deep.equal([false]);
    });

    it("sees a deposit that was filled up since its last look, so that its owner need not wait", async () => {
      world.broker.deposits.set(SENDER, FACE);
      const session = await start();
      await session.createTicket(FEE, 10);
      world.broker.isSenderCached = true;
      world.broker.deposits.set(SENDER, 2n * FACE);
      await session.createTicket(FEE, 10);
      expect(world.sender.exposure()).to.equal(2n * FACE);
    });

    it("says how much is missing", async () => {
      world.broker.deposits.set(SENDER, FACE);
      const session = await start();
      await session.createTicket(FEE, 10);
      const error = await expectCode(session.createTicket(FEE, 10), "DepositTooLow");
      expect(error.message).to.equal(`the deposit is ${FACE} wei, ${2n * FACE} wei are needed`);
      expect(error.data).to.deep.equal({
        depositWei: FACE.toString(),
        neededWei: (2n * FACE).toString(),
        exposureWei: FACE.toString(),
        withdrawRound: null,
      });
    });

    it("forgets what was paid on chain and what has expired, not before", async () => {
      world.broker.deposits.set(SENDER, FACE);
      const session = await start();
      await session.createTicket(FEE, 10);
      world.broker.round = 12;
      await expectCode(world.sender.startSession(await world.quote(), RECIPIENT), "DepositTooLow");
      world.broker.round = 13;
      const later = await start();
      await later.createTicket(FEE, 13);
      expect(world.sender.exposure()).to.equal(FACE);
      await expectCode(later.createTicket(FEE, 13), "DepositTooLow");
      world.broker.closed.add(`${RECIPIENT}/10/0`);
      await expectCode(later.createTicket(FEE, 13), "DepositTooLow");
      world.broker.closed.add(`${RECIPIENT}/13/0`);
      await later.createTicket(FEE, 13);
      expect(world.sender.exposure()).to.equal(FACE);
    });

    it("never trusts a deposit that it read before it learned of a redemption", async () => {
      world.broker.deposits.set(SENDER, 2n * FACE);
      const session = await start();
      const first = await session.createTicket(FACE, 10);
      await session.createTicket(FACE, 10);
      const isClosed = world.broker.isClosed.bind(world.broker);
      world.broker.isSenderCached = true;
      world.broker.isClosed = (recipient, round, index) => {
        if (index === 0n) world.broker.pay({ ...first, recipientRand: "0x" });
        return isClosed(recipient, round, index);
      };
      await expectCode(session.createTicket(FEE, 10), "DepositTooLow");
      expect(world.broker.deposits.get(SENDER)).to.equal(FACE);
      expect(world.sender.exposure()).to.equal(FACE);
    });

    it("never exceeds the real deposit, with a cached one and tickets and redemptions in any order", async () => {
      const step = fc.constantFrom("ticket", "ticket", "ticket", "redeem", "redeem", "turn", "turns");
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
          const run = createWorld({ recipient: { window: 16 } });
          try {
            run.broker.isSenderCached = true;
            run.broker.deposits.set(SENDER, 4n * FACE);
            const session = await run.sender.startSession(await run.quote(), RECIPIENT);
            // Every ticket might win: the worst case is one face value for each commitment with a ticket on it.
            const unpaid = new Map<bigint, Payment>();
            const made: Promise<void>[] = [];
            for (const kind of steps) {
              const [first] = unpaid.values();
              if (kind === "turn") await turn();
              if (kind === "turns") for (let i = 0; i < 12; i += 1) await turn();
              if (kind === "redeem" && first !== undefined) {
                run.broker.pay({ ...first, recipientRand: "0x" });
                unpaid.delete(indexOf(first));
              }
              if (kind !== "ticket") continue;
              const ticket = session.createTicket(FEE, 10).then(
                (payment) => {
                  if (!run.broker.closed.has(`${RECIPIENT}/10/${indexOf(payment)}`))
                    unpaid.set(indexOf(payment), payment);
                  expect(BigInt(unpaid.size) * FACE <= run.broker.deposits.get(SENDER)!).to.be.true;
                },
                (error: unknown) => expect(error).to.have.property("code", "DepositTooLow"),
              );
              made.push(ticket.then(() => undefined));
            }
            await Promise.all(made);
          } finally {
            run.close();
          }
        }),
        { numRuns: 150, seed: 7 },
      );
    });

    it("forgets on disk too", async () => {
      world.broker.deposits.set(SENDER, FACE);
      await (await start()).createTicket(FEE, 10);
      world.broker.round = 13;
      await (await start()).createTicket(FEE, 13);
      expect(world.broadcasterStore.ledger.exposures().map(({ creationRound }) => creationRound)).to.deep.equal([13]);
    });

    it("remembers across a restart", async () => {
      const session = await start();
      await session.createTicket(FEE, 10);
      const again = new TicketSender(
        { address: SENDER, domain: DOMAIN, maxPrice: PRICE, maxFaceValue: ETHER },
        {
          signer: createSigner(SENDER_KEY),
          broker: world.broker,
          ledger: world.broadcasterStore.ledger,
          clock: world.clock,
          randomness: seededRandomness("again"),
        },
      );
      expect(again.exposure()).to.equal(FACE);
    });

    it("refuses while an unlock of its own could overtake the ticket", async () => {
      const session = await start();
      world.broker.withdrawRounds.set(SENDER, 13);
      const error = await expectCode(session.createTicket(FEE, 10), "DepositTooLow");
      expect(error.data["withdrawRound"]).to.equal(13);
      expect(error.message).to.match(/; an unlock ends in round 13$/);
      world.broker.withdrawRounds.set(SENDER, 14);
      await session.createTicket(FEE, 10);
    });
  });

  describe("with a policy of quantiles", () => {
    const debt = { kind: "quantile", epsilon: 1e-6 } as const;
    let run: World;
    beforeEach(() => (run = createWorld({ sender: { debt }, recipient: { window: 64 } })));
    afterEach(() => run.close());

    it("signs on more commitments than its deposit would pay if all had won", async () => {
      run.broker.deposits.set(SENDER, 10n * FACE);
      const session = await run.sender.startSession(await run.quote(), RECIPIENT);
      // One winner is expected of 64 tickets: no more than 9, but for one in a million.
      for (let i = 0; i < 64; i += 1) await session.createTicket(FACE / 65n, 10);
      expect(run.sender.exposure()).to.equal(9n * FACE);
    });

    it("refuses what the quantile would not pay, and says how much is missing", async () => {
      run.broker.deposits.set(SENDER, 9n * FACE - 1n);
      const session = await run.sender.startSession(await run.quote(), RECIPIENT);
      const made: unknown[] = [];
      const tickets = async (): Promise<void> => {
        for (let i = 0; i < 64; i += 1) made.push(await session.createTicket(FACE / 65n, 10));
      };
      const error = await expectCode(tickets(), "DepositTooLow");
      expect(error.data["neededWei"]).to.equal((9n * FACE).toString());
      expect(made.length).to.be.within(50, 63);
    });

    it("counts a commitment as won once its tickets have won as good as certainly", async () => {
      const session = await run.sender.startSession(await run.quote(), RECIPIENT);
      for (let i = 0; i < 2; i += 1) session.settle(await session.createTicket(FACE, 10));
      expect(run.sender.exposure()).to.equal(FACE);
      expect(run.broadcasterStore.ledger.exposures().map((entry) => entry.winRate)).to.deep.equal([10n ** 18n]);
    });

    it("asks for one face value at least before it starts", async () => {
      const quote = await run.quote();
      run.broker.deposits.set(SENDER, FACE - 1n);
      await expectCode(run.sender.startSession(quote, RECIPIENT), "DepositTooLow");
    });

    it("remembers the chances across a restart", async () => {
      const session = await run.sender.startSession(await run.quote(), RECIPIENT);
      for (let i = 0; i < 100; i += 1) session.settle(await session.createTicket(FEE, 10));
      const owed = run.sender.exposure();
      const again = new TicketSender(
        { address: SENDER, domain: DOMAIN, maxPrice: PRICE, maxFaceValue: ETHER, debt },
        {
          signer: createSigner(SENDER_KEY),
          broker: run.broker,
          ledger: run.broadcasterStore.ledger,
          clock: run.clock,
          randomness: seededRandomness("again"),
        },
      );
      expect(owed).to.equal(FACE);
      expect(again.exposure()).to.equal(owed);
      const [entry, ...others] = run.broadcasterStore.ledger.exposures();
      expect(others).to.be.empty;
      expect(entry!.winRate).to.equal(100n * winRate(10n ** 15n));
    });
  });

  it("says what deposit would pay more tickets, never more than all of them", async () => {
    const ticket = { faceValue: FACE, winProb: 10n ** 15n };
    expect(world.sender.depositFor(ticket, 1_000n)).to.equal(9n * FACE);
    expect(world.sender.depositFor({ ...ticket, winProb: 10n ** 18n }, 3n)).to.equal(3n * FACE);
    const session = await start();
    await session.createTicket(FEE, 10);
    expect(world.sender.depositFor(ticket, 1_000n)).to.equal(10n * FACE);
  });

  describe("with a hot key", () => {
    let run: World;
    beforeEach(() => (run = createWorld({ signingKey: HOT_KEY })));
    afterEach(() => run.close());
    const authorize = (lastRound: number, cap: bigint, spent = 0n) =>
      run.broker.signers.set(`${SENDER}/${HOT}`, { lastRound, cap, spent });
    const session = async (): Promise<SenderSession> => run.sender.startSession(await run.quote(), RECIPIENT);

    it("pays in its sender's name, as the recipient accepts", async () => {
      authorize(10, ETHER);
      const payment = await (await session()).createTicket(FEE, 10);
      expect(payment.ticket.sender).to.equal(SENDER);
      expect(recoverTicketSigner(ticketDigest(payment.ticket, DOMAIN), payment.signature)).to.equal(HOT);
      await run.recipient.receive(run.wire(payment), { sender: SENDER, fee: FEE });
    });

    it("does not begin when the key is not authorized for the quote's round", async () => {
      await expectCode(session(), "SignerNotAuthorized");
      authorize(9, ETHER);
      const error = await expectCode(session(), "SignerNotAuthorized");
      expect(error.data).to.deep.equal({ key: HOT, lastRound: 9, creationRound: 10 });
    });

    it("signs no more than the cap of the round leaves", async () => {
      authorize(11, 3n * FACE, FACE);
      const open = await session();
      await open.createTicket(FEE, 10);
      await open.createTicket(FEE, 10);
      const error = await expectCode(open.createTicket(FEE, 10), "SignerCapTooLow");
      expect(error.data).to.deep.equal({
        key: HOT,
        creationRound: 10,
        capWei: (3n * FACE).toString(),
        neededWei: (4n * FACE).toString(),
      });
      expect(run.sender.exposure()).to.equal(2n * FACE);
      run.broker.round = 11;
      await open.update(await run.quote());
      await open.createTicket(FEE, 11);
    });
  });

  describe("update", () => {
    it("takes renewed commitments", async () => {
      const session = await start();
      const payment = await session.createTicket(FACE, 10);
      await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FACE });
      session.settle(payment);
      await session.update(await world.quote());
      expect(session.params.commitments.map(({ index }) => index)).to.deep.equal([1n, 2n, 3n, 4n]);
    });

    it("ignores an answer that was overtaken", async () => {
      const session = await start();
      const older = await world.quote();
      world.clock.advance(1);
      await session.update(await world.quote());
      const { validUntil } = session.params.terms;
      await session.update(older);
      expect(session.params.terms.validUntil).to.equal(validUntil);
    });

    it("applies the policy again and keeps the old quote when it fails", async () => {
      const session = await start();
      const before = session.params;
      world.broker.deposits.set(SENDER, 2n * ETHER);
      await expectCode(session.update(await world.quote(ETHER + 1n)), "FaceValueTooHigh");
      await expectCode(session.update({}), "TicketInvalid");
      expect(session.params).to.equal(before);
    });
  });
});
