import { expect } from "chai";
import {
  allowLongTickets,
  fundDeposit,
  impersonate,
  loadProtocol,
  redeemAs,
  redemptionOf,
  ticketOf,
  toRound,
} from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.pullFees", function () {
  let p: Protocol;
  let asBonding: Protocol["broker"];
  let redeemed: bigint;

  beforeEach(async function () {
    p = await loadProtocol();
    await fundDeposit(p, 1_000n);
    asBonding = p.broker.connect(await impersonate(p, await p.bonding.getAddress()));
    redeemed = 0n;
  });

  /** A ticket of `creationRound` pays `faceValue` to `recipient`. */
  const earn = (creationRound: bigint, faceValue: bigint, recipient = p.orchestrator) =>
    redeemAs(p, { creationRound, faceValue, recipient: recipient.address, commitmentIndex: redeemed++ });
  /** Pulls until nothing comes any more, as the BondingManager does: what came, and the round that the last answer named. */
  const pullAll = async (recipient = p.orchestrator, fromRound = 0n) => {
    const pulled: [bigint, bigint][] = [];
    for (;;) {
      const [round, amount] = await asBonding.pullFees.staticCall(recipient, fromRound);
      await asBonding.pullFees(recipient, fromRound);
      if (amount === 0n) return { pulled, open: round };
      pulled.push([round, amount]);
      fromRound = round + 1n;
    }
  };

  it("reverts for anybody but the BondingManager", async function () {
    for (const caller of [p.orchestrator, p.deployer]) {
      await expect(p.broker.connect(caller).pullFees(p.orchestrator, 0))
        .to.be.revertedWithCustomError(p.broker, "TicketBrokerNotBondingManager")
        .withArgs(caller.address, await p.bonding.getAddress());
    }
  });

  it("answers the first open round, and leaves no trace, for who never earned anything", async function () {
    await toRound(p, 10n);
    expect(await asBonding.pullFees.staticCall(p.stranger, 0)).to.deep.equal([8n, 0n]);
    await expect(asBonding.pullFees(p.stranger, 0)).not.to.emit(p.broker, "FeesPulled");
  });

  it("hands nothing over while a ticket of the round could be redeemed", async function () {
    await earn(1n, 4n);
    await toRound(p, 3n);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 0)).to.deep.equal([1n, 0n]);
    await p.networkHelpers.time.setNextBlockTimestamp((await p.rounds.roundStart(4)) - 1n);
    await expect(asBonding.pullFees(p.orchestrator, 0)).not.to.emit(p.broker, "FeesPulled");
    expect(await p.broker.feesOf(p.orchestrator, 1)).to.equal(4);
    await earn(2n, 1n); // the round that stayed open takes more
    expect(await p.broker.feesOf(p.orchestrator, 2)).to.equal(1);
  });

  it("hands the fees of a round over from the first second that it is closed, once, and keeps the ETH", async function () {
    await earn(1n, 4n);
    await earn(1n, 3n);
    await p.networkHelpers.time.setNextBlockTimestamp(await p.rounds.roundStart(4));
    const pull = asBonding.pullFees(p.orchestrator, 0);
    await expect(pull).to.emit(p.broker, "FeesPulled").withArgs(p.orchestrator.address, 1, 7);
    await expect(pull).to.changeEtherBalance(p.ethers, p.broker, 0);
    expect(await p.broker.feesOf(p.orchestrator, 1)).to.equal(0);
    expect(await pullAll(p.orchestrator, 2n)).to.deep.equal({ pulled: [], open: 2n });
  });

  it("hands rounds over in their order, in whatever order their tickets were redeemed", async function () {
    await toRound(p, 7n);
    await earn(7n, 70n);
    await earn(5n, 50n);
    await earn(6n, 60n);
    await toRound(p, 8n);
    expect(await pullAll()).to.deep.equal({ pulled: [[5n, 50n]], open: 6n });
    await earn(6n, 6n);
    await toRound(p, 10n);
    const rest = [
      [6n, 66n],
      [7n, 70n],
    ];
    expect(await pullAll(p.orchestrator, 6n)).to.deep.equal({ pulled: rest, open: 8n });
  });

  it("crosses words of 256 rounds, in either direction and over empty ones", async function () {
    await toRound(p, 256n);
    await earn(256n, 2n);
    await earn(255n, 1n); // an older word than the first one known
    await toRound(p, 511n);
    await earn(511n, 3n);
    await toRound(p, 1_600n);
    await earn(1_600n, 4n);
    const pulled = [
      [255n, 1n],
      [256n, 2n],
      [511n, 3n],
    ];
    expect(await pullAll()).to.deep.equal({ pulled, open: 1_598n });
    await earn(1_598n, 5n);
    await toRound(p, 1_603n);
    const rest = [
      [1_598n, 5n],
      [1_600n, 4n],
    ];
    expect(await pullAll(p.orchestrator, 1_598n)).to.deep.equal({ pulled: rest, open: 1_601n });
  });

  it("looks at no round before the one that it is told", async function () {
    await earn(1n, 1n);
    await toRound(p, 2n);
    await earn(2n, 2n);
    await toRound(p, 10n);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 2)).to.deep.equal([2n, 2n]);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 3)).to.deep.equal([8n, 0n]);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 9)).to.deep.equal([8n, 0n]);
    expect(await p.broker.feesOf(p.orchestrator, 1)).to.equal(1);
  });

  it("finds a round again that was handed over, when it is told to begin there or before: with nothing in it", async function () {
    await earn(1n, 1n);
    await toRound(p, 2n);
    await earn(2n, 2n);
    await toRound(p, 5n);
    await asBonding.pullFees(p.orchestrator, 1);
    for (const fromRound of [0, 1]) {
      const again = asBonding.pullFees(p.orchestrator, fromRound);
      await expect(again).to.emit(p.broker, "FeesPulled").withArgs(p.orchestrator.address, 1, 0);
    }
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 1)).to.deep.equal([1n, 0n]);
    expect(await asBonding.pullFees.staticCall(p.orchestrator, 2)).to.deep.equal([2n, 2n]);
  });

  it("leaves off after 65,536 rounds without fees, and says where", async function () {
    await earn(1n, 1n);
    await toRound(p, 70_000n);
    await earn(70_000n, 2n);
    await toRound(p, 70_010n);
    expect(await pullAll()).to.deep.equal({ pulled: [[1n, 1n]], open: 65_536n });
    expect(await pullAll(p.orchestrator, 65_536n)).to.deep.equal({ pulled: [[70_000n, 2n]], open: 70_008n });
  });

  it("P5: a ticket of a round that was pulled cannot come back, though its commitment is forgotten", async function () {
    const signed = await ticketOf(p, { creationRound: 1n, faceValue: 1n });
    await earn(1n, 4n);
    await toRound(p, 4n);
    await pullAll();
    expect(await p.broker.isClosed(p.orchestrator, 1, 0)).to.equal(false);
    await expect(p.broker.connect(p.orchestrator).redeem(...redemptionOf(signed)))
      .to.be.revertedWithCustomError(p.broker, "TicketBrokerTicketExpired")
      .withArgs(4, 3);
  });

  it("tells recipients apart", async function () {
    await earn(1n, 4n);
    await earn(1n, 5n, p.delegator);
    await toRound(p, 4n);
    expect((await pullAll(p.delegator)).pulled).to.deep.equal([[1n, 5n]]);
    expect((await pullAll()).pulled).to.deep.equal([[1n, 4n]]);
  });

  it("knows no round of which tickets paid nothing", async function () {
    await earn(1n, 0n);
    await toRound(p, 2n);
    await earn(2n, 1n);
    await toRound(p, 5n);
    expect((await pullAll()).pulled).to.deep.equal([[2n, 1n]]);
  });

  it("goes by the validity of each ticket when that changes", async function () {
    await allowLongTickets(p);
    await toRound(p, 10n);
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 50, curingPeriod: 1 });
    await p.broker.setParameters({ ticketValidity: 6, unlockPeriod: 50, curingPeriod: 1 });
    await earn(10n, 1n);
    await toRound(p, 11n);
    await earn(11n, 2n);
    await toRound(p, 13n);
    expect(await pullAll()).to.deep.equal({ pulled: [[10n, 1n]], open: 11n });
    await toRound(p, 17n);
    expect(await pullAll(p.orchestrator, 11n)).to.deep.equal({ pulled: [], open: 11n });
    await toRound(p, 18n);
    expect(await pullAll(p.orchestrator, 11n)).to.deep.equal({ pulled: [[11n, 2n]], open: 12n });
  });

  it("hands over no round that is dead behind one that is open", async function () {
    await allowLongTickets(p);
    await toRound(p, 10n);
    await p.broker.setParameters({ ticketValidity: 2, unlockPeriod: 50, curingPeriod: 1 });
    await p.broker.setParameters({ ticketValidity: 6, unlockPeriod: 50, curingPeriod: 1 });
    await toRound(p, 20n);
    await p.broker.setParameters({ ticketValidity: 1, unlockPeriod: 50, curingPeriod: 1 });
    await earn(20n, 1n);
    await toRound(p, 21n);
    await earn(21n, 2n);
    await toRound(p, 26n); // tickets of 20 live until 26, those of 21 until 22
    expect(await pullAll()).to.deep.equal({ pulled: [], open: 20n });
    await toRound(p, 27n);
    const pulled = [
      [20n, 1n],
      [21n, 2n],
    ];
    expect(await pullAll()).to.deep.equal({ pulled, open: 26n });
  });
});
