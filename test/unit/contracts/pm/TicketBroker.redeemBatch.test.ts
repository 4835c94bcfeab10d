import { expect } from "chai";
import { parseEther, toBeHex } from "ethers";
import { batchesOf, fundDeposit, loadProtocol, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { PayerBatch, Protocol, SignedTicket } from "../../../fixtures/protocol.ts";

describe("TicketBroker.redeemBatch", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await fundDeposit(p, parseEther("3"));
    await toRound(p, 10n);
  });

  const batches = (...signed: SignedTicket[]) => batchesOf(signed.map(redemptionOf));

  /** What a batch emits, with the errors by their names. */
  const eventsOf = async (items: PayerBatch[]) => {
    const receipt = await (await broker.redeemBatch(items)).wait();
    return receipt!.logs.map((log) => {
      const { name, args } = broker.interface.parseLog(log)!;
      const values = [...args] as unknown[];
      if (name !== "TicketSkipped") return [name, ...values.map((v) => (Array.isArray(v) ? [...(v as unknown[])] : v))];
      const error = broker.interface.parseError(values.pop() as string)!;
      return [name, ...values, error.name, ...(error.args as unknown[])];
    });
  };

  it("does nothing with nothing", async function () {
    expect(await broker.redeemBatch.staticCall([])).to.equal(0);
    const payer = toBeHex(1, 32);
    expect(await broker.redeemBatch.staticCall([{ payer, winners: [] }])).to.equal(0);
    expect(await eventsOf([{ payer, winners: [] }])).to.deep.equal([]);
  });

  it("P5: pays the good ones and skips the bad ones with their reason, in order", async function () {
    const [sender, recipient] = [p.broadcaster.address, p.orchestrator.address];
    const good = await ticketOf(p, { commitmentIndex: 0n });
    const unsigned = await ticketOf(p, { commitmentIndex: 6n, signer: p.stranger });
    const rich = { faceValue: parseEther("2") };
    const items = batches(
      await ticketOf(p, { commitmentIndex: 1n, creationRound: 11n }),
      good,
      await ticketOf(p, { commitmentIndex: 2n, creationRound: 7n }),
      good,
      await ticketOf(p, { commitmentIndex: 5n, winProb: 0n }),
      unsigned,
      await ticketOf(p, { commitmentIndex: 7n, faceValue: parseEther("2") + 1n }),
      await ticketOf(p, { ...rich, commitmentIndex: 8n, creationRound: 9n }),
      await ticketOf(p, { ...rich, commitmentIndex: 9n }),
    );
    expect(items.length).to.equal(3);
    expect(await broker.redeemBatch.staticCall(items)).to.equal(2);
    const skipped = (round: bigint, index: bigint, ...error: unknown[]) => [
      "TicketSkipped",
      sender,
      recipient,
      round,
      index,
      ...error,
    ];
    const loser = await ticketOf(p, { commitmentIndex: 5n, winProb: 0n });
    const drawn = await broker.draw(await broker.hashTicket(loser.ticket), loser.recipientRand);
    const invalid = await broker.hashTicket(unsigned.ticket);
    expect(await eventsOf(items)).to.deep.equal([
      skipped(11n, 1n, "TicketBrokerTicketFromFuture", 10n, 11n),
      skipped(7n, 2n, "TicketBrokerTicketExpired", 10n, 9n),
      skipped(10n, 0n, "TicketBrokerCommitmentClosed", recipient, 10n, 0n),
      skipped(10n, 5n, "TicketBrokerTicketLost", drawn, 0n),
      skipped(10n, 6n, "TicketBrokerInvalidSignature", sender, p.stranger.address, invalid),
      ["TicketsRedeemed", sender, recipient, parseEther("1"), [10n << 32n]],
      skipped(10n, 7n, "TicketBrokerInsufficientFunds", parseEther("2"), parseEther("2") + 1n),
      skipped(10n, 9n, "TicketBrokerInsufficientFunds", 0n, parseEther("2")),
      ["TicketsRedeemed", sender, recipient, parseEther("2"), [(9n << 32n) | 8n]],
    ]);

    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 0n, 0n]);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
    expect(await broker.feesOf(p.orchestrator, 9)).to.equal(parseEther("2"));
    for (const [round, index, closed] of [
      [10, 0, true],
      [9, 8, true],
      [10, 8, false],
      [9, 0, false],
      [10, 9, false],
    ] as const) {
      expect(await broker.isClosed(p.orchestrator, round, index), `${round}/${index}`).to.equal(closed);
    }
  });

  it("goes back and forth between rounds, and over the words of commitments", async function () {
    const signed = [];
    for (const [creationRound, commitmentIndex] of [
      [10n, 0n],
      [9n, 0n],
      [10n, 200n],
      [10n, 1n],
      [8n, 300n],
      [9n, 200n],
      [9n, 200n],
    ] as const) {
      signed.push(await ticketOf(p, { creationRound, commitmentIndex, faceValue: 5n }));
    }
    const events = await eventsOf(batches(...signed));
    expect(events.map(([name]) => name)).to.deep.equal(["TicketSkipped", "TicketsRedeemed"]);
    expect(events[1]![4]).to.deep.equal([
      10n << 32n,
      9n << 32n,
      (10n << 32n) | 200n,
      (10n << 32n) | 1n,
      (8n << 32n) | 300n,
      (9n << 32n) | 200n,
    ]);
    for (const [round, fees] of [
      [10, 15n],
      [9, 10n],
      [8, 5n],
    ] as const) {
      expect(await broker.feesOf(p.orchestrator, round)).to.equal(fees);
    }
    expect((await broker.getSender(p.broadcaster)).deposit).to.equal(parseEther("3") - 30n);
  });

  it("P3: takes each payer's tickets from its deposit, then from its allocation", async function () {
    await broker.fund(p.stranger, 0, { value: 7n });
    await broker.fundAllocation(p.stranger, p.orchestrator, { value: 5n });
    const of = (commitmentIndex: bigint, faceValue: bigint) =>
      ticketOf(p, { sender: p.stranger.address, signer: p.stranger, commitmentIndex, faceValue });
    const items = batches(
      await of(0n, 5n),
      await of(1n, 5n),
      await of(2n, 5n),
      await ticketOf(p, { commitmentIndex: 3n }),
      await of(4n, 2n),
      await of(5n, 1n),
    );
    expect(await broker.redeemBatch.staticCall(items)).to.equal(4);
    await broker.redeemBatch(items);
    expect(await broker.getSender(p.stranger)).to.deep.equal([0n, 0n, 0n]);
    expect(await broker.allocationOf(p.stranger, p.orchestrator)).to.deep.equal([0n, 0n, 0n]);
    expect((await broker.getSender(p.broadcaster)).deposit).to.equal(parseEther("2"));
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1") + 12n);
  });

  it("counts a hot key's winners against its cap, and nobody else's", async function () {
    const [key] = p.others;
    await broker.connect(p.broadcaster).authorizeSigner(key!, 10, 25);
    const by = (commitmentIndex: bigint, signer = key!) => ticketOf(p, { signer, commitmentIndex, faceValue: 10n });
    const items = batches(
      await by(0n),
      await by(1n, p.broadcaster),
      await by(2n),
      await by(3n),
      await by(4n, p.broadcaster),
    );
    const events = await eventsOf(items);
    expect(events[0]!.slice(5)).to.deep.equal(["TicketBrokerSignerCapExceeded", key!.address, 25n, 30n]);
    expect(events[1]![4]).to.deep.equal([0n, 1n, 2n, 4n].map((index) => (10n << 32n) | index));
    expect(await broker.spentBy(p.broadcaster, key!, 10)).to.equal(20);
  });

  it("counts nothing against a hot key whose ticket could not be paid", async function () {
    const [key] = p.others;
    await broker.connect(p.broadcaster).authorizeSigner(key!, 10, parseEther("9"));
    const items = batches(
      await ticketOf(p, { signer: key!, faceValue: parseEther("4") }),
      await ticketOf(p, { commitmentIndex: 1n, faceValue: parseEther("3") }),
    );
    expect(await broker.redeemBatch.staticCall(items)).to.equal(1);
    await broker.redeemBatch(items);
    expect(await broker.spentBy(p.broadcaster, key!, 10)).to.equal(0);
    expect(await broker.isClosed(p.orchestrator, 10, 0)).to.equal(false);
  });

  it("P1: what was skipped for low funds is paid after a top-up", async function () {
    const items = batches(await ticketOf(p, { faceValue: parseEther("4") }));
    expect(await broker.redeemBatch.staticCall(items)).to.equal(0);
    await broker.redeemBatch(items);
    await fundDeposit(p, parseEther("1"));
    expect(await broker.redeemBatch.staticCall(items)).to.equal(1);
  });

  it("P5: pays nobody else's tickets", async function () {
    const items = batches(await ticketOf(p));
    expect(await broker.connect(p.broadcaster).redeemBatch.staticCall(items)).to.equal(0);
    expect(await broker.connect(p.stranger).redeemBatch.staticCall(items)).to.equal(0);
  });

  it("reads no ticket beyond the calldata", async function () {
    const items = batches(await ticketOf(p));
    const data = broker.interface.encodeFunctionData("redeemBatch", [items]);
    let refused = false;
    await p.orchestrator
      .sendTransaction({ to: await broker.getAddress(), data: data.slice(0, -2) })
      .catch(() => (refused = true));
    expect(refused).to.equal(true);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(0);
  });
});
