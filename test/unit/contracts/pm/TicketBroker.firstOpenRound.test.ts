import { expect } from "chai";
import { batchesOf, fundDeposit, loadProtocol, redemptionOf, ticketOf, toRound } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.firstOpenRound", function () {
  let p: Protocol;
  let tried: bigint;

  beforeEach(async function () {
    p = await loadProtocol();
    await fundDeposit(p, 1_000n);
    tried = 0n;
  });

  const setValidity = (ticketValidity: number) =>
    p.broker.setParameters({ ticketValidity, unlockPeriod: 50, curingPeriod: 1 });
  const isRedeemable = async (creationRound: bigint) => {
    const signed = await ticketOf(p, { faceValue: 1n, creationRound, commitmentIndex: tried++ });
    return (await p.broker.connect(p.orchestrator).redeemBatch.staticCall(batchesOf([redemptionOf(signed)]))) === 1n;
  };
  /** The first round of which a ticket can be redeemed, by trying from the first round on. */
  const search = async () => {
    for (let round = 1n; ; round += 1n) if (await isRedeemable(round)) return round;
  };

  it("is the present round less the validity, and not below zero", async function () {
    expect(await p.broker.firstOpenRound(), "in round 1").to.equal(0);
    for (const [round, open] of [
      [2n, 0n],
      [3n, 1n],
      [4n, 2n],
      [300n, 298n],
    ] as const) {
      await toRound(p, round);
      expect(await p.broker.firstOpenRound(), `in round ${round}`).to.equal(open);
    }
  });

  it("changes at the boundary of the round, to the second", async function () {
    const start = await p.rounds.roundStart(5);
    await p.networkHelpers.time.increaseTo(start - 1n);
    expect(await p.broker.firstOpenRound()).to.equal(2);
    await p.networkHelpers.time.increaseTo(start);
    expect(await p.broker.firstOpenRound()).to.equal(3);
  });

  for (const [title, changes] of [
    ["longer", { 4: 6 }],
    ["shorter", { 3: 6, 11: 1 }],
    ["longer and shorter, each as early as it may", { 2: 6, 9: 1, 16: 5, 22: 2 }],
    ["shorter twice", { 2: 5, 8: 3, 14: 1 }],
  ] as const) {
    it(`P2: never falls, and no round before it opens again, when the validity gets ${title}`, async function () {
      await setValidity(2);
      let before = 0n;
      for (let round = 2n; round <= 26n; round += 1n) {
        await toRound(p, round);
        const open = await p.broker.firstOpenRound();
        const validity = (changes as Record<number, number>)[Number(round)];
        if (validity !== undefined) {
          await setValidity(validity);
          expect(await p.broker.firstOpenRound(), `before and after the change in round ${round}`).to.equal(open);
        }
        expect(open >= before, `${open} after ${before} in round ${round}`).to.equal(true);
        expect(open === 0n ? 1n : open, `in round ${round}`).to.equal(await search());
        before = open;
      }
    });
  }
});
