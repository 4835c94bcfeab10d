import { expect } from "chai";
import type { ReadOptions } from "../../../offchain/pm/interface.ts";
import { ticketParamsSchema } from "../../../offchain/pm/quote.ts";
import type { RiskSituation } from "../../../offchain/pm/risk.ts";
import { expectCode } from "./coded.ts";
import {
  createWorld,
  ETHER,
  FACE,
  FEE,
  HOT,
  type Paying,
  payFrom,
  PRICE,
  RECIPIENT,
  SENDER,
  type World,
} from "./world.ts";

/** Deposit, allocation and escrow, as the chain tells them, or does not. */
describe("TicketRecipient, by what stands behind a sender,", () => {
  let world: World;
  beforeEach(() => (world = createWorld()));
  afterEach(() => world.close());

  const order = { sender: SENDER, fee: FEE };
  const pay = (options: Paying = {}) => payFrom(world, options);
  const payWinner = () => pay({ fee: FACE });
  const info = { price: PRICE, faceValue: FACE };

  describe("quotes", () => {
    it("are refused to a sender without deposit, with what would help", async () => {
      world.broker.deposits.set(SENDER, FACE - 1n);
      const error = await expectCode(world.recipient.quote(SENDER, info), "LowPMBalance");
      expect(error.data).to.deep.equal({
        depositWei: (FACE - 1n).toString(),
        allocationWei: "0",
        neededWei: FACE.toString(),
        withdrawRound: null,
      });
    });

    it("are refused to a sender that could withdraw before a ticket expires", async () => {
      world.broker.withdrawRounds.set(SENDER, 13);
      const error = await expectCode(world.recipient.quote(SENDER, info), "LowPMBalance");
      expect(error.data["withdrawRound"]).to.equal(13);
      world.broker.withdrawRounds.set(SENDER, 14);
      await world.recipient.quote(SENDER, info);
    });

    it("N1: have indices of a round while the chain is away that has shown one of them open, and no others", async () => {
      const first = ticketParamsSchema.parse(await world.quote());
      world.broker.isClosed = () => Promise.reject(new Error("away"));
      const other = await world.recipient.quote(HOT, { price: PRICE, faceValue: FACE }).catch((error: Error) => error);
      expect(other, "a sender without deposit").to.be.instanceOf(Error);
      world.broker.deposits.set(HOT, ETHER);
      const { commitments } = await world.recipient.quote(HOT, { price: PRICE, faceValue: FACE });
      const indices = [...first.commitments, ...commitments].map(({ index }) => index);
      expect(new Set(indices).size).to.equal(8);
      world.broker.round++;
      const error = await world.recipient
        .quote(HOT, { price: PRICE, faceValue: FACE })
        .catch((thrown: Error) => thrown);
      expect((error as Error).message).to.equal("away");
    });
  });

  describe("receive refuses", () => {
    it("a ticket that the deposit cannot pay beside what is already won", async () => {
      await world.recipient.receive(world.wire(await payWinner()), order);
      const payment = await pay();
      world.broker.deposits.set(SENDER, 2n * FACE - 1n);
      const error = await expectCode(world.recipient.receive(world.wire(payment), order), "LowPMBalance");
      expect(error.data["neededWei"]).to.equal((2n * FACE).toString());
      world.broker.deposits.set(SENDER, 2n * FACE);
      await world.recipient.receive(world.wire(payment), order);
    });

    it("no ticket for what the chain has said long ago", async () => {
      const [payment, later] = [await pay(), await pay()];
      const asked: (ReadOptions | undefined)[] = [];
      const told = world.broker.sender.bind(world.broker);
      // A cache that has an answer of before the sender funded, for who takes one.
      world.broker.sender = async (address, options) => {
        asked.push(options);
        const state = await told(address, options);
        return options?.maxAgeMs === undefined ? { ...state, deposit: 0n } : state;
      };
      await world.recipient.receive(world.wire(payment), order);
      expect(asked.at(-1)).to.deep.equal({ maxAgeMs: 1_000 });
      world.broker.deposits.set(SENDER, 0n);
      const error = await expectCode(world.recipient.receive(world.wire(later), order), "LowPMBalance");
      expect(error.data["depositWei"]).to.equal("0");
    });

    it("a ticket of a sender that has begun to unlock", async () => {
      const payment = await pay();
      world.broker.withdrawRounds.set(SENDER, 13);
      await expectCode(world.recipient.receive(world.wire(payment), order), "LowPMBalance");
    });

    it("a ticket that deposit and allocation cannot pay, and takes one that the allocation alone pays", async () => {
      const payment = await pay();
      world.broker.deposits.set(SENDER, FACE / 2n);
      const allocate = (amount: bigint, leaving = 0n, releaseRound: number | null = null) =>
        world.broker.allocations.set(`${SENDER}/${RECIPIENT}`, { amount, leaving, releaseRound });
      allocate(FACE / 2n - 1n);
      const error = await expectCode(world.recipient.receive(world.wire(payment), order), "LowPMBalance");
      expect(error.data["allocationWei"]).to.equal((FACE / 2n - 1n).toString());
      world.broker.deposits.set(SENDER, 0n);
      allocate(FACE, 1n, 13);
      await expectCode(world.recipient.receive(world.wire(payment), order), "LowPMBalance");
      world.broker.withdrawRounds.set(SENDER, 11);
      allocate(FACE, FACE, 14);
      await world.recipient.receive(world.wire(payment), order);
    });
  });

  describe("exposure", () => {
    it("is what is won and not paid, and how much of it the allocation secures", async () => {
      expect(await world.recipient.exposure(SENDER)).to.deep.equal({ unredeemed: 0n, secured: 0n, unsecured: 0n });
      await world.recipient.receive(world.wire(await payWinner()), order);
      expect(await world.recipient.exposure(SENDER.toLowerCase())).to.deep.equal({
        unredeemed: FACE,
        secured: 0n,
        unsecured: FACE,
      });
      const allocation = { amount: FACE - 1n, leaving: 2n, releaseRound: 14 };
      world.broker.allocations.set(`${SENDER}/${RECIPIENT}`, allocation);
      expect((await world.recipient.exposure(SENDER)).unsecured).to.equal(1n);
      world.broker.round += 1;
      expect((await world.recipient.exposure(SENDER)).unsecured).to.equal(3n);
      world.broker.allocations.set(`${SENDER}/${RECIPIENT}`, { ...allocation, amount: ETHER });
      expect((await world.recipient.exposure(SENDER)).secured).to.equal(FACE);
    });
  });

  it("asks the risk policy about every quote and every ticket, with all it needs", async () => {
    const asked: RiskSituation[] = [];
    const watched = createWorld({ risk: { check: (situation) => void asked.push(situation) } });
    try {
      watched.broker.escrows.set(SENDER, 5n);
      const session = await watched.sender.startSession(await watched.quote(), RECIPIENT);
      const payment = await session.createTicket(FACE, 10);
      await watched.recipient.receive(watched.wire(payment), order);
      watched.orchestratorStore.winners.mark(
        watched.orchestratorStore.winners.list("pending", 1)[0]!.digest,
        "expired",
        "unpaid",
      );
      await watched.quote(FACE / 2n);
      const common = {
        sender: SENDER,
        faceValue: FACE,
        unredeemed: 0n,
        allocation: 0n,
        state: { deposit: ETHER, escrow: 5n, withdrawRound: null },
        isLocked: true,
        hasDefaulted: false,
      };
      expect(asked).to.deep.equal([common, common, { ...common, faceValue: FACE / 2n, hasDefaulted: true }]);
    } finally {
      watched.close();
    }
  });
});
