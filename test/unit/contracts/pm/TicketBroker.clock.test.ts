import { expect } from "chai";
import { fundDeposit, loadProtocol, redeemAs, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

/** The broker keeps the present round, and must never be of another mind than the RoundsManager. */
describe("TicketBroker's clock", function () {
  let p: Protocol;
  let tried: bigint;

  beforeEach(async function () {
    p = await loadProtocol();
    await fundDeposit(p, 1_000n);
    tried = 0n;
  });

  /** Both before and after an action has kept the round. */
  const expectRound = async (round: bigint) => {
    expect(await p.rounds.currentRound()).to.equal(round);
    const open = round < 2n ? 0n : round - 2n;
    expect(await p.broker.firstOpenRound()).to.equal(open);
    await redeemAs(p, { creationRound: round, faceValue: 1n, commitmentIndex: tried++ });
    expect(await p.broker.firstOpenRound()).to.equal(open);
  };

  it("goes with the rounds, to the second, over any number of them", async function () {
    await expectRound(1n);
    await expectRound(1n);
    const end = await p.rounds.roundStart(2);
    await p.networkHelpers.time.setNextBlockTimestamp(end - 1n);
    await redeemAs(p, { creationRound: 1n, faceValue: 1n, commitmentIndex: tried++ });
    await p.networkHelpers.time.setNextBlockTimestamp(end);
    await redeemAs(p, { creationRound: 2n, faceValue: 1n, commitmentIndex: tried++ });
    await expectRound(2n);
    await toRound(p, 7n);
    await expectRound(7n);
    await toRound(p, 300n);
    await expectRound(300n);
  });

  it("goes with a changed length, which leaves the present round as it is", async function () {
    await toRound(p, 5n);
    await expectRound(5n);
    await p.rounds.setRoundLength(3_600);
    await expectRound(5n);
    for (const round of [6n, 7n, 10n]) {
      await toRound(p, round);
      await expectRound(round);
    }
    await p.rounds.setRoundLength(10 * 86_400);
    await toRound(p, 11n);
    await expectRound(11n);
    await p.networkHelpers.time.increase(9 * 86_400);
    await expectRound(11n);
    await toRound(p, 12n);
    await expectRound(12n);
  });
});
