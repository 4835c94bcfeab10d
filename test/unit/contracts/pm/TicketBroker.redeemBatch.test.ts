import { expect } from "chai";
import { parseEther } from "ethers";
import { fundDeposit, loadProtocol, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.redeemBatch", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.orchestrator);
    await fundDeposit(p, parseEther("3"));
    await toRound(p, 10n);
  });

  it("does nothing with nothing", async function () {
    expect(await broker.redeemBatch.staticCall([])).to.equal(0);
  });

  it("pays the good items and skips the bad ones with their reason", async function () {
    const good = await ticketOf(p, { commitmentIndex: 0n });
    const batch = [
      await ticketOf(p, { commitmentIndex: 1n, creationRound: 11n }),
      good,
      await ticketOf(p, { commitmentIndex: 2n, creationRound: 7n }),
      { ...(await ticketOf(p, { commitmentIndex: 3n })), recipientRand: 1n },
      good,
      await ticketOf(p, { commitmentIndex: 5n, winProb: 0n }),
      { ...(await ticketOf(p, { commitmentIndex: 6n })), signature: "0x" },
      await ticketOf(p, { commitmentIndex: 7n, faceValue: parseEther("2") + 1n }),
      await ticketOf(p, { commitmentIndex: 8n, faceValue: parseEther("2"), creationRound: 9n }),
      await ticketOf(p, { commitmentIndex: 9n, recipient: p.stranger.address }),
    ];
    expect(await broker.redeemBatch.staticCall(batch)).to.equal(2);
    const receipt = await (await broker.redeemBatch(batch)).wait();
    const events = receipt!.logs.map((log) => broker.interface.parseLog(log)!);
    const skipped = events
      .filter(({ name }) => name === "RedemptionSkipped")
      .map(({ args }) => [Number(args[0]), broker.interface.parseError(args[1] as string)!]) as [
      number,
      { name: string; args: unknown[] },
    ][];
    expect(skipped.map(([index, { name }]) => [index, name])).to.deep.equal([
      [0, "TicketBrokerTicketFromFuture"],
      [2, "TicketBrokerTicketExpired"],
      [3, "TicketBrokerWrongRecipientRand"],
      [4, "TicketBrokerCommitmentClosed"],
      [5, "TicketBrokerTicketLost"],
      [6, "TicketBrokerInvalidSignature"],
      [7, "TicketBrokerInsufficientDeposit"],
      [9, "TicketBrokerNotRecipient"],
    ]);
    expect([...skipped[6]![1].args]).to.deep.equal([parseEther("2"), parseEther("2") + 1n]);
    expect(
      events.filter(({ name }) => name === "TicketRedeemed").map(({ args }) => args["commitmentIndex"] as bigint),
    ).to.deep.equal([0n, 8n]);

    expect(await broker.getSender(p.broadcaster)).to.deep.equal([0n, 0n, 0n]);
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
    expect(await broker.feesOf(p.orchestrator, 9)).to.equal(parseEther("2"));
    const closed = await Promise.all([...Array(9).keys()].map((index) => broker.isClosed(p.orchestrator, index)));
    expect(closed.map((value, index) => (value ? index : -1)).filter((index) => index >= 0)).to.deep.equal([0, 8]);
  });

  it("P1: what was skipped for a low deposit is paid after a top-up", async function () {
    const item = await ticketOf(p, { faceValue: parseEther("4") });
    expect(await broker.redeemBatch.staticCall([item])).to.equal(0);
    await broker.redeemBatch([item]);
    await fundDeposit(p, parseEther("1"));
    expect(await broker.redeemBatch.staticCall([item])).to.equal(1);
  });

  it("P5: a wallet that burns its gas does not stop the others", async function () {
    const wallet = await p.ethers.deployContract("WalletMockForTicketBroker");
    await wallet.setGreedy(true);
    await broker.fund(wallet, 0, { value: parseEther("1") });
    const greedy = { ...(await ticketOf(p, { sender: await wallet.getAddress() })), signature: "0x" };
    const batch = [greedy, await ticketOf(p, { commitmentIndex: 1n })];
    await broker.redeemBatch(batch, { gasLimit: 500_000 });
    expect(await broker.feesOf(p.orchestrator, 10)).to.equal(parseEther("1"));
  });
});
