import { expect } from "chai";
import { fundDeposit, loadProtocol, passRounds, redeemAs, ticketOf, redemptionOf } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.capOf", function () {
  let p: Protocol;
  beforeEach(async function () {
    p = await loadProtocol();
    await passRounds(p, 10n);
    await fundDeposit(p, 1_000n);
  });

  const authorize = (lastRound: bigint, cap: bigint) =>
    p.broker.connect(p.broadcaster).authorizeSigner(p.stranger, lastRound, cap);
  const caps = (...rounds: bigint[]) =>
    Promise.all(rounds.map((round) => p.broker.capOf(p.broadcaster, p.stranger, round)));

  it("is zero for a key that is unknown, and for rounds outside what was authorized", async function () {
    const now = await p.rounds.currentRound();
    expect(await caps(now)).to.deep.equal([0n]);
    await authorize(now + 1n, 7n);
    expect(await caps(now - 1n, now, now + 1n, now + 2n)).to.deep.equal([0n, 7n, 7n, 0n]);
  });

  it("of a round that has begun stays what it was, however often the key is authorized again", async function () {
    const first = await p.rounds.currentRound();
    await authorize(first + 50n, 7n);
    await passRounds(p, 1n);
    await authorize(first + 50n, 5n);
    await authorize(first + 50n, 4n);
    await passRounds(p, 1n);
    await authorize(first + 2n, 3n);
    expect(await caps(first - 1n, first, first + 1n, first + 2n, first + 3n)).to.deep.equal([0n, 7n, 7n, 4n, 0n]);
  });

  it("is what redemption keeps to", async function () {
    const first = await p.rounds.currentRound();
    await authorize(first + 50n, 7n);
    await passRounds(p, 1n);
    await authorize(first + 50n, 5n);
    await passRounds(p, 1n);
    await authorize(first + 50n, 3n);
    for (const round of [first, first + 1n, first + 2n]) {
      const cap = await p.broker.capOf(p.broadcaster, p.stranger, round);
      const made = { signer: p.stranger, creationRound: round };
      const above = redemptionOf(await ticketOf(p, { ...made, faceValue: cap + 1n }));
      await expect(p.broker.connect(p.orchestrator).redeem(...above))
        .to.be.revertedWithCustomError(p.broker, "TicketBrokerSignerCapExceeded")
        .withArgs(p.stranger, cap, cap + 1n);
      await redeemAs(p, { ...made, faceValue: cap, commitmentIndex: 1n });
      expect(await p.broker.capOf(p.broadcaster, p.stranger, round)).to.equal(cap);
    }
  });
});
