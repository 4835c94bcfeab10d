import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { getAddress } from "ethers";
import fc from "fast-check";
import type { Payment, Winner } from "../../../offchain/pm/interface.ts";
import { ticketParamsSchema } from "../../../offchain/pm/quote.ts";
import { ticketValue, toCredit } from "../../../offchain/pm/price.ts";
import { TicketRecipient } from "../../../offchain/pm/recipient.ts";
import { expectCode } from "./coded.ts";
import {
  createWorld,
  DOMAIN,
  ETHER,
  FACE,
  FEE,
  type Paying,
  payFrom,
  PRICE,
  RECIPIENT,
  RECIPIENT_KEY,
  SENDER,
  type World,
} from "./world.ts";

describe("TicketRecipient", () => {
  let world: World;
  beforeEach(() => (world = createWorld()));
  afterEach(() => world.close());

  const order = { sender: SENDER, fee: FEE };

  const pay = (options: Paying = {}) => payFrom(world, options);
  const payWinner = () => pay({ fee: FACE });

  describe("quote", () => {
    const info = { price: PRICE, faceValue: FACE };

    it("is refused to something that is no address", async () => {
      await expectCode(world.recipient.quote("0x12", info), "TicketInvalid");
    });

    it("carries a window of dense commitments and a time limit, and survives the wire", async () => {
      const params = ticketParamsSchema.parse(await world.quote());
      expect(params.commitments.map(({ index }) => index)).to.deep.equal([0n, 1n, 2n, 3n]);
      expect(new Set(params.commitments.map(({ commitment }) => commitment)).size).to.equal(4);
      expect(params.terms.validUntil).to.equal(world.clock.now() + 60_000);
      expect({ ...params, commitments: [], terms: null }).to.deep.equal({
        recipient: RECIPIENT,
        sender: SENDER,
        faceValue: FACE,
        creationRound: 10,
        commitments: [],
        terms: null,
      });
    });

    it("carries as many commitments as it is told to, from 1 to 64", async () => {
      for (const window of [1, 64]) {
        const other = createWorld({ recipient: { window } });
        try {
          expect(ticketParamsSchema.parse(await other.quote()).commitments).to.have.length(window);
        } finally {
          other.close();
        }
      }
      for (const window of [0, 65]) expect(() => createWorld({ recipient: { window } })).to.throw(RangeError, "window");
    });

    it("hands the same window to the same sender again and another to another sender", async () => {
      const first = await world.recipient.quote(SENDER, info);
      const again = await world.recipient.quote(SENDER.toLowerCase(), info);
      expect(again.commitments).to.deep.equal(first.commitments);
      world.broker.deposits.set(RECIPIENT, ETHER);
      const other = await world.recipient.quote(RECIPIENT, info);
      expect(other.commitments.map(({ index }) => index)).to.deep.equal([4n, 5n, 6n, 7n]);
    });

    it("hands out each index once when many senders ask at the same time", async () => {
      const senders = Array.from({ length: 20 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`);
      for (const sender of senders) world.broker.deposits.set(getAddress(sender), ETHER);
      const quotes = await Promise.all([...senders, ...senders].map((sender) => world.recipient.quote(sender, info)));
      const bySender = new Map(quotes.map((quote) => [quote.sender, quote.commitments.map(({ index }) => index)]));
      const indices = [...bySender.values()].flat();
      expect(new Set(indices).size).to.equal(80);
      expect(indices.reduce((a, b) => (a > b ? a : b))).to.equal(79n);
    });

    it("gives another commitment for another face value on the same index", async () => {
      const low = await world.recipient.quote(SENDER, info);
      const high = await world.recipient.quote(SENDER, { ...info, faceValue: FACE * 2n });
      expect(high.commitments.map(({ index }) => index)).to.deep.equal(low.commitments.map(({ index }) => index));
      expect(high.commitments[0]!.commitment).not.to.equal(low.commitments[0]!.commitment);
    });

    it("replaces a won index", async () => {
      await world.recipient.receive(world.wire(await payWinner()), order);
      const params = await world.recipient.quote(SENDER, info);
      expect(params.commitments.map(({ index }) => index)).to.deep.equal([1n, 2n, 3n, 4n]);
    });

    it("leaves indices behind that an earlier life of the address has used on chain", async () => {
      for (let index = 0; index < 1000; index += 1) world.broker.closed.add(`${RECIPIENT}/10/${index}`);
      const params = await world.recipient.quote(SENDER, info);
      const indices = params.commitments.map(({ index }) => index);
      expect(indices.every((index) => index >= 1000n && index < 2100n)).to.be.true;
      expect(world.broker.isClosedCalls).to.be.lessThan(20);
    });

    it("is for the present round, which numbers its commitments from 0", async () => {
      await world.recipient.quote(SENDER, info);
      world.broker.deposits.set(RECIPIENT, ETHER);
      const before = await world.recipient.quote(RECIPIENT, info);
      world.broker.round += 1;
      const after = await world.recipient.quote(RECIPIENT, info);
      expect([before.creationRound, after.creationRound]).to.deep.equal([10, 11]);
      expect(before.commitments.map(({ index }) => index)).to.deep.equal([4n, 5n, 6n, 7n]);
      expect(after.commitments.map(({ index }) => index)).to.deep.equal([0n, 1n, 2n, 3n]);
    });

    it("gives another commitment for the same index of another round", async () => {
      const first = await world.recipient.quote(SENDER, info);
      world.broker.round += 1;
      const second = await world.recipient.quote(SENDER, info);
      for (const [i, { index, commitment }] of second.commitments.entries()) {
        expect(index).to.equal(first.commitments[i]!.index);
        expect(commitment).not.to.equal(first.commitments[i]!.commitment);
      }
    });

    it("is never for a round behind one that was seen, whose indices are forgotten", async () => {
      world.broker.round = 12;
      await world.recipient.quote(SENDER, info);
      world.broker.round = 9;
      const params = await world.recipient.quote(SENDER, info);
      expect(params.creationRound).to.equal(12);
    });
  });

  describe("receive refuses", () => {
    it("what the schema does not know", async () => {
      const wire = world.wire(await pay()) as Record<string, unknown>;
      for (const input of [null, 1, "x", [], {}, { ...wire, extra: 1 }, { ...wire, signature: "0x" }]) {
        await expectCode(world.recipient.receive(input, order), "TicketInvalid");
      }
    });

    it("a ticket of another sender than the order's", async () => {
      const wire = world.wire(await pay());
      await expectCode(world.recipient.receive(wire, { sender: RECIPIENT, fee: FEE }), "TicketInvalid");
    });

    it("terms that were changed", async () => {
      const payment = await pay();
      const { terms } = payment;
      const changed = [
        { ...terms, validUntil: terms.validUntil + 1 },
        { ...terms, price: { ...terms.price, numerator: terms.price.numerator - 1n } },
        { ...terms, price: { ...terms.price, denominator: terms.price.denominator + 1n } },
        { ...terms, mac: `0x${"00".repeat(32)}` },
      ];
      for (const other of changed) {
        const wire = world.wire({ ...payment, terms: other });
        await expectCode(world.recipient.receive(wire, order), "TicketInvalid");
        await expectCode(() => world.recipient.quotedPrice(wire), "TicketInvalid");
      }
      expect(world.recipient.quotedPrice(world.wire(payment))).to.deep.equal(PRICE);
    });

    it("a face value other than the quoted one, signed or not", async () => {
      const payment = await pay();
      for (const faceValue of [FACE - 1n, FACE + 1n]) {
        await expectCode(world.recipient.receive(await world.resign(payment, { faceValue }), order), "TicketInvalid");
      }
    });

    it("a ticket for another recipient", async () => {
      const wire = await world.resign(await pay(), { recipient: SENDER });
      await expectCode(world.recipient.receive(wire, order), "TicketInvalid");
    });

    it("terms that have run out, not in their last millisecond", async () => {
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      const [first, second] = [await session.createTicket(FEE, 10), await session.createTicket(FEE, 10)];
      world.clock.advance(60_000);
      await world.recipient.receive(world.wire(first), order);
      world.clock.advance(1);
      const wire = world.wire(second);
      const error = await expectCode(world.recipient.receive(wire, order), "TicketParamsExpired");
      expect(error.data["now"]).to.equal(world.clock.now());
    });

    it("a ticket worth less than the fee, with the probability needed", async () => {
      const payment = await pay();
      const wire = await world.resign(payment, { winProb: payment.ticket.winProb - 1n });
      const error = await expectCode(world.recipient.receive(wire, order), "TicketWinProbTooLow");
      expect(error.data["neededWinProb"]).to.equal(payment.ticket.winProb.toString());
    });

    it("a commitment that was not handed out", async () => {
      const payment = await pay();
      const changes = [
        { commitmentIndex: 1n },
        { commitmentIndex: 2n ** 32n - 1n },
        { commitment: `0x${"00".repeat(32)}` },
      ];
      for (const change of changes) {
        const wire = await world.resign(payment, change);
        const error = await expectCode(world.recipient.receive(wire, order), "CommitmentUnknown");
        expect(error.data).to.deep.equal({ index: (change.commitmentIndex ?? 0n).toString() });
      }
    });

    it("an index that now belongs to another sender", async () => {
      const payment = await pay();
      world.orchestratorStore.recipient.hand(RECIPIENT, 0n, world.broker.round);
      await expectCode(world.recipient.receive(world.wire(payment), order), "CommitmentUnknown");
    });

    it("a signature of another key, a damaged one and one under any changed field", async () => {
      const payment = await pay();
      const foreign = await world.resign(payment, {}, RECIPIENT_KEY);
      await expectCode(world.recipient.receive(foreign, order), "TicketSignatureInvalid");
      const changes: Partial<Payment["ticket"]>[] = [
        { winProb: payment.ticket.winProb + 1n },
        { salt: payment.ticket.salt + 1n },
      ];
      for (const change of changes) {
        const wire = world.wire({ ...payment, ticket: { ...payment.ticket, ...change } });
        await expectCode(world.recipient.receive(wire, order), "TicketSignatureInvalid");
      }
    });

    it("a creation round other than the quote's, signed or not", async () => {
      const payment = await pay();
      for (const creationRound of [world.broker.round + 1, world.broker.round - 1, 0]) {
        const ticket = { ...payment.ticket, creationRound };
        await expectCode(world.recipient.receive(world.wire({ ...payment, ticket }), order), "TicketInvalid");
        await expectCode(
          world.recipient.receive(await world.resign(payment, { creationRound }), order),
          "TicketInvalid",
        );
      }
    });

    it("a ticket of two rounds ago, and none of the round before", async () => {
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      const payments: Payment[] = [];
      for (let i = 0; i < 2; i += 1) payments.push(await session.createTicket(FEE, world.broker.round));
      world.broker.round += 1;
      await world.recipient.receive(world.wire(payments[0]!), order);
      world.broker.round += 1;
      const error = await expectCode(world.recipient.receive(world.wire(payments[1]!), order), "TicketExpired");
      expect(error.data).to.deep.equal({ creationRound: 10, currentRound: 12 });
    });

    it("a ticket of two rounds ago, also when the view of the chain falls back", async () => {
      const payment = await pay();
      world.broker.round += 2;
      await world.quote();
      world.broker.round -= 1;
      await expectCode(world.recipient.receive(world.wire(payment), order), "TicketExpired");
    });

    it("a ticket of a round that has not begun in a view of the chain that fell back while the node was down", async () => {
      const wire = world.wire(await pay());
      world.broker.round = 9;
      const again = new TicketRecipient(
        { address: RECIPIENT, domain: DOMAIN },
        {
          store: world.orchestratorStore.recipient,
          broker: world.broker,
          clock: world.clock,
          randomness: () => new Uint8Array(32),
        },
      );
      const error = await expectCode(again.receive(wire, order), "TicketExpired");
      expect(error.data).to.deep.equal({ creationRound: 10, currentRound: 9 });
    });

    it("the same ticket twice, in this round and the next", async () => {
      const payment = await pay();
      const wire = world.wire(payment);
      await world.recipient.receive(wire, order);
      const credit = world.recipient.balance(SENDER);
      const error = await expectCode(world.recipient.receive(wire, order), "TicketReplayed");
      expect(error.data).to.deep.equal({ index: "0" });
      await expectCode(
        world.recipient.receive(await world.resign(payment, { winProb: 10n ** 18n }), order),
        "TicketReplayed",
      );
      world.broker.round += 1;
      await expectCode(world.recipient.receive(wire, order), "TicketReplayed");
      world.broker.round += 1;
      await expectCode(world.recipient.receive(wire, order), "TicketExpired");
      expect(world.recipient.balance(SENDER)).to.equal(credit);
    });

    it("a winner twice", async () => {
      const wire = world.wire(await payWinner());
      await world.recipient.receive(wire, order);
      const error = await expectCode(world.recipient.receive(wire, order), "CommitmentClosed");
      expect(error.data).to.deep.equal({ index: "0" });
      expect(world.orchestratorStore.winners.count("pending")).to.equal(1);
    });

    it("and changes nothing when it refuses", async () => {
      const payment = await pay();
      world.broker.deposits.set(SENDER, 0n);
      await expectCode(world.recipient.receive(world.wire(payment), order), "LowPMBalance");
      expect(world.recipient.balance(SENDER)).to.equal(0n);
      world.broker.deposits.set(SENDER, ETHER);
      await world.recipient.receive(world.wire(payment), order);
    });
  });

  describe("receive", () => {
    it("adds exactly the expected value to the credit", async () => {
      const payment = await pay({ fee: 12_345n });
      const received = await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: 12_345n });
      expect(received).to.deep.equal({
        won: false,
        credit: ticketValue(payment.ticket),
        balance: ticketValue(payment.ticket),
        ticket: payment.ticket,
      });
      expect(world.recipient.balance(SENDER)).to.equal(ticketValue(payment.ticket));
    });

    it("has the winner in the store when it resolves, with all that redemption needs", async () => {
      const payment = await payWinner();
      const received = await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FACE });
      expect(received.won).to.be.true;
      const [winner, ...others] = world.orchestratorStore.winners.list("pending", 10);
      expect(others).to.be.empty;
      expect(winner!.ticket).to.deep.equal(payment.ticket);
      expect(winner!.signature).to.equal(payment.signature);
      world.broker.pay(winner!);
    });

    it("tells of a winner once it is in the store, and of no other ticket", async () => {
      const told: Winner[] = [];
      const { recipient: store, winners } = world.orchestratorStore;
      const onWinner = (winner: Winner): void => {
        expect(winners.count("pending")).to.equal(1);
        told.push(winner);
      };
      const recipient = new TicketRecipient(
        { address: RECIPIENT, domain: DOMAIN },
        { store, broker: world.broker, clock: world.clock, randomness: () => new Uint8Array(32), onWinner },
      );
      await recipient.receive(world.wire(await pay({ fee: 1n })), { sender: SENDER, fee: 1n });
      expect(told).to.be.empty;
      const { ticket, signature } = await payWinner();
      await recipient.receive(world.wire({ ...(await payWinner()), ticket, signature }), order);
      expect(told.map((winner) => winner.ticket)).to.deep.equal([ticket]);
    });

    it("answers only when the store has settled", async () => {
      const payment = await pay();
      const written = Promise.withResolvers<void>();
      const { recipient: store } = world.orchestratorStore;
      const slow = new Proxy(store, {
        get: (_, name: keyof typeof store) =>
          name === "settled" ? () => written.promise : (store[name].bind(store) as unknown),
      });
      const recipient = new TicketRecipient(
        { address: RECIPIENT, domain: DOMAIN },
        { store: slow, broker: world.broker, clock: world.clock, randomness: () => new Uint8Array(32) },
      );
      let isAnswered = false;
      const received = recipient.receive(world.wire(payment), order).finally(() => (isAnswered = true));
      while (world.recipient.balance(SENDER) === 0n) await turn();
      await turn();
      expect(isAnswered).to.be.false;
      written.resolve();
      await received;
    });

    it("retires an index after its share of tickets, so the memory of salts is bounded", async () => {
      const small = createWorld({ recipient: { ticketsPerIndex: 3, window: 1 } });
      try {
        const session = await small.sender.startSession(await small.quote(), RECIPIENT);
        const payments: Payment[] = [];
        for (let i = 0; i < 4; i += 1) payments.push(await session.createTicket(FEE, small.broker.round));
        for (const payment of payments.slice(0, 3)) await small.recipient.receive(small.wire(payment), order);
        await expectCode(small.recipient.receive(small.wire(payments[3]!), order), "CommitmentClosed");
        await expectCode(small.recipient.receive(small.wire(payments[0]!), order), "CommitmentClosed");
        expect(ticketParamsSchema.parse(await small.quote()).commitments.map(({ index }) => index)).to.deep.equal([1n]);
      } finally {
        small.close();
      }
    });

    it("stores one win per index and credits only tickets on open ones, however many arrive at once", async () => {
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      const payments: Payment[] = [];
      for (let i = 0; i < 60; i += 1) payments.push(await session.createTicket(FACE / 3n, world.broker.round));
      const results = await Promise.allSettled(
        payments.map((payment) => world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FACE / 3n })),
      );
      const accepted = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      const refused = results.flatMap((result) =>
        result.status === "rejected" ? [result.reason as { code: string }] : [],
      );
      expect(new Set(refused.map(({ code }) => code))).to.deep.equal(new Set(["CommitmentClosed"]));
      const winners = world.orchestratorStore.winners.list("pending", 100);
      expect(winners.length).to.equal(accepted.filter(({ won }) => won).length);
      expect(new Set(winners.map(({ ticket }) => ticket.commitmentIndex)).size).to.equal(winners.length);
      expect(winners.length).to.equal(4);
      expect(world.recipient.balance(SENDER)).to.equal(accepted.reduce((sum, { credit }) => sum + credit, 0n));
    });

    it("lets no index win twice in any order of payments, quotes and replays", async () => {
      const step = fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({ kind: fc.constant("pay" as const), part: fc.integer({ min: 1, max: 3 }) }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant("replay" as const), part: fc.nat(100) }) },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant("renew" as const), part: fc.constant(0) }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant("round" as const), part: fc.constant(0) }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.string(), async (steps, seed) => {
          const run = createWorld({ seed });
          try {
            let expected = 0n;
            const wins = new Map<string, number>();
            const session = await run.sender.startSession(await run.quote(), RECIPIENT);
            const sent: unknown[] = [];
            for (const { kind, part } of steps) {
              if (kind === "round") run.broker.round += 1;
              if (kind === "renew" || kind === "round") await session.update(await run.quote());
              if (kind === "pay")
                sent.push(run.wire(await session.createTicket(FACE / BigInt(part), run.broker.round)));
              const input = kind === "pay" ? sent.at(-1) : kind === "replay" ? sent[part] : undefined;
              if (input === undefined) continue;
              const received = await run.recipient.receive(input, { sender: SENDER, fee: 1n }).catch(() => null);
              if (received === null) continue;
              expect(kind).to.equal("pay");
              expected += received.credit;
              const index = `${received.ticket.creationRound}/${received.ticket.commitmentIndex}`;
              if (received.won) wins.set(index, (wins.get(index) ?? 0) + 1);
            }
            expect([...wins.values()].every((count) => count === 1)).to.be.true;
            expect(run.orchestratorStore.winners.count("pending")).to.equal(wins.size);
            expect(run.recipient.balance(SENDER)).to.equal(expected);
          } finally {
            run.close();
          }
        }),
        { numRuns: 25, seed: 11 },
      );
    });
  });

  describe("charge", () => {
    it("refuses work without credit and takes nothing", async () => {
      const error = await expectCode(() => world.recipient.charge(SENDER, 1n), "InsufficientCredit");
      expect(error.data).to.deep.equal({ feeWei: "1", creditWei18: "0" });
    });

    it("takes exactly the fee and leaves the rest, to the last part of a wei", async () => {
      const payment = await pay({ fee: FEE, face: FACE - 1n });
      const { credit } = await world.recipient.receive(world.wire(payment), order);
      world.recipient.charge(SENDER, FEE);
      expect(world.recipient.balance(SENDER)).to.equal(credit - toCredit(FEE));
      expect(world.recipient.balance(SENDER) < toCredit(1n)).to.be.true;
      await expectCode(() => world.recipient.charge(SENDER, 1n), "InsufficientCredit");
    });

    it("refuses a negative fee, and takes nothing for none", () => {
      expect(() => world.recipient.charge(SENDER, -1n)).to.throw(RangeError);
      world.recipient.charge(SENDER, 0n);
    });
  });

  it("keeps its promises across a restart on the same store", async () => {
    const payment = await pay();
    const again = new TicketRecipient(
      { address: RECIPIENT, domain: DOMAIN },
      {
        store: world.orchestratorStore.recipient,
        broker: world.broker,
        clock: world.clock,
        randomness: () => {
          throw new Error("a second secret was made");
        },
      },
    );
    await again.receive(world.wire(payment), order);
    await expectCode(world.recipient.receive(world.wire(payment), order), "TicketReplayed");
  });
});
