import { expect } from "chai";
import fc from "fast-check";
import { draw as nodeDraw, ticketDigest } from "../../offchain/pm/ticket.ts";
import { commitmentTo, digestOf, draw } from "../../sim/model/ticket.ts";
import type { Ticket } from "../../sim/model/ticket.ts";
import { expectOften, TIME_LIMIT } from "./effort.ts";
import { refusalOf } from "./pair.ts";
import { check, theStage } from "./run.ts";
import type { Held } from "./tickets.ts";
import type { World } from "./world.ts";

const ONE = 10n ** 18n;
/** {wei ETH} Beyond it a deposit may be full. */
const OUT_OF_REACH = 2n ** 95n;

const fundAll = (world: World): Promise<void> => world.fundAll();

describe("TicketBroker against its model", function () {
  this.timeout(TIME_LIMIT);

  it("agrees on every action, refusal, event, balance and booking", async function () {
    await check({
      sequences: 30,
      length: 60,
      leaps: 2,
      weights: {
        fund: 9,
        allocate: 6,
        reduce: 6,
        release: 7,
        authorize: 8,
        unlock: 7,
        cancelUnlock: 3,
        withdraw: 9,
        ticket: 26,
        redeem: 8,
        batch: 5,
        claim: 5,
        settle: 6,
        forfeit: 6,
        pull: 8,
        pay: 4,
        announce: 1,
        setLength: 2,
        setBroker: 3,
        switch: 3,
      },
      before: fundAll,
      atLeast: {
        fund: 80,
        fundAllocation: 25,
        reduceAllocation: 25,
        releaseAllocation: 2,
        authorizeSigner: 40,
        unlock: 20,
        cancelUnlock: 2,
        withdraw: 5,
        redeem: 25,
        "redeem by a key": 1,
        "redeem from an allocation": 1,
        "redeem of a high number": 1,
        redeemBatch: 30,
        "batch paid": 3,
        claimDefault: 15,
        settleDefault: 2,
        forfeitEscrow: 5,
        pullFees: 40,
        "pull of something": 12,
        payFees: 15,
        "payment of something": 3,
        setParameters: 4,
        setRoundLength: 8,
        initializeRound: 4,
        pause: 2,
        unpause: 1,
        "fund EnforcedPause": 1,
        "fund TicketBrokerNothingFunded": 5,
        "fund TicketBrokerEscrowExceedsValue": 4,
        "fund SafeCastOverflowedUintDowncast": 2,
        "fundAllocation EnforcedPause": 1,
        "fundAllocation TicketBrokerNothingFunded": 4,
        "fundAllocation SafeCastOverflowedUintDowncast": 1,
        "reduceAllocation TicketBrokerAllocationTooSmall": 8,
        "releaseAllocation TicketBrokerNothingLeaving": 25,
        "releaseAllocation TicketBrokerReleaseTooEarly": 2,
        "authorizeSigner TicketBrokerSignerRoundOver": 5,
        "authorizeSigner SafeCastOverflowedUintDowncast": 1,
        "unlock TicketBrokerNothingToUnlock": 4,
        "unlock TicketBrokerUnlocking": 8,
        "cancelUnlock TicketBrokerLocked": 10,
        "withdraw TicketBrokerLocked": 30,
        "withdraw TicketBrokerWithdrawTooEarly": 3,
        "redeem TicketBrokerTicketFromFuture": 4,
        "redeem TicketBrokerTicketExpired": 20,
        "redeem TicketBrokerCommitmentClosed": 2,
        "redeem TicketBrokerTicketLost": 4,
        "redeem TicketBrokerInvalidSignature": 15,
        "redeem TicketBrokerSignerCapExceeded": 2,
        "redeem TicketBrokerInsufficientFunds": 8,
        "claimDefault TicketBrokerTicketFromFuture": 1,
        "claimDefault TicketBrokerTicketExpired": 10,
        "claimDefault TicketBrokerCommitmentClosed": 1,
        "claimDefault TicketBrokerTicketLost": 2,
        "claimDefault TicketBrokerInvalidSignature": 8,
        "claimDefault TicketBrokerSignerCapExceeded": 1,
        "claimDefault TicketBrokerNotInDefault": 1,
        "claimDefault TicketBrokerDefaultTooLate": 1,
        "settleDefault TicketBrokerNoDefault": 15,
        "settleDefault TicketBrokerTicketExpired": 5,
        "settleDefault TicketBrokerInsufficientFunds": 1,
        "forfeitEscrow TicketBrokerNoDefault": 15,
        "forfeitEscrow TicketBrokerCuring": 1,
        "forfeitEscrow TicketBrokerNothingToForfeit": 2,
        "pullFees TicketBrokerNotBondingManager": 4,
        "payFees TicketBrokerNotBondingManager": 1,
        "payFees TicketBrokerFeesMissing": 4,
        "setParameters TicketBrokerUnlockPeriodTooShort": 6,
        "setParameters TicketBrokerValidityOutOfBounds": 1,
        "setParameters TicketBrokerCuringPeriodOutOfBounds": 1,
        "pause EnforcedPause": 1,
        "unpause ExpectedPause": 2,
      },
    });
  });

  it("P1: a winner pays its full face value, or is refused and stays redeemable until it expires", async function () {
    let recovered = 0;
    await check({
      sequences: 8,
      length: 30,
      weights: { fund: 2, allocate: 2, ticket: 20, redeem: 8, batch: 6, unlock: 2, withdraw: 1, setBroker: 1 },
      // Every winner that nobody has paid yet is paid in full once its sender can.
      after: async (world) => {
        const { allocations, fees } = world.model.broker;
        for (const held of [...world.held]) {
          const { recipient, sender, faceValue, creationRound } = held;
          world.tick();
          if (faceValue === 0n || faceValue >= OUT_OF_REACH || !isGood(world, held)) continue;
          if (allocations.funds(sender, recipient) < faceValue) {
            expect(await world.actions.fund(world.broadcaster(1), sender, faceValue, 0n)).to.equal(true);
            world.tick();
          }
          const before = fees.of(recipient, creationRound);
          expect(await world.actions.redeem(held, recipient), "P1: paid once its sender can").to.equal(true);
          expect(fees.of(recipient, creationRound) - before).to.equal(faceValue);
          recovered += 1;
        }
        await world.compareEverything();
      },
      atLeast: { "redeem TicketBrokerInsufficientFunds": 10 },
    });
    expectOften(recovered, 5, "winners paid after a top-up");
  });

  it("P1: a key that was good when it signed stays good, and takes no more than its cap in a round", async function () {
    await check({
      sequences: 10,
      length: 50,
      leaps: 2,
      weights: { authorize: 18, ticket: 24, redeem: 10, batch: 12, claim: 5, setBroker: 2 },
      before: async (world) => {
        await fundAll(world);
        for (const n of [0, 1, 2]) {
          world.tick();
          await world.actions.authorize(world.broadcaster(n), world.key(n), world.round + 9n, ONE / 20n);
        }
      },
      atLeast: {
        authorizeSigner: 50,
        "authorizeSigner of an expired key": 5,
        "redeem by a key": 5,
        "batch paid by a key": 1,
        "redeem TicketBrokerSignerCapExceeded": 4,
        "batch TicketBrokerSignerCapExceeded": 5,
      },
    });
  });

  it("P2: a ticket of before unlock() is dead when a withdrawal completes, whatever changes meanwhile", async function () {
    await check({
      sequences: 12,
      length: 40,
      weights: {
        fund: 5,
        unlock: 10,
        withdraw: 14,
        cancelUnlock: 1,
        ticket: 6,
        redeem: 4,
        claim: 3,
        setBroker: 14,
        setLength: 5,
      },
      before: fundAll,
      atLeast: {
        withdraw: 12,
        "change of the validity": 6,
        setRoundLength: 6,
        "setParameters TicketBrokerValidityChangedRecently": 1,
      },
    });
  });

  it("P2: no order of parameter changes makes the unlock period shorter than a ticket alive", async function () {
    await check({
      sequences: 16,
      length: 30,
      leaps: 2,
      weights: { setBroker: 30, unlock: 2, withdraw: 2, fund: 1 },
      before: fundAll,
      atLeast: { "change of the validity": 10, "setParameters TicketBrokerUnlockPeriodTooShort": 20 },
    });
  });

  it("P2: a round whose fees were handed over takes no more, and rounds come in their order, whatever the validity becomes", async function () {
    await check({
      sequences: 12,
      length: 50,
      leaps: 4,
      weights: { ticket: 14, redeem: 10, claim: 2, settle: 2, pull: 16, setBroker: 8, fund: 2 },
      before: fundAll,
      atLeast: { "change of the validity": 8, "pull of something": 12 },
    });
  });

  it("S4: no order of parameter changes leaves a commission announced for no longer than a ticket lives", async function () {
    await check({
      sequences: 16,
      length: 60,
      leaps: 3,
      weights: { setBroker: 20, setNotice: 20 },
      atLeast: {
        "change of the validity": 10,
        "change of the notice": 20,
        "setParameters BondingManagerNoticeTooShort": 20,
        "setParameters TicketBrokerValidityNotBelowNotice": 20,
      },
    });
  });

  it("P3: an allocation pays the tickets of its recipient alone, and nothing leaves before tickets that relied on it are dead", async function () {
    await check({
      sequences: 12,
      length: 50,
      leaps: 2,
      weights: {
        allocate: 12,
        reduce: 12,
        release: 14,
        ticket: 26,
        redeem: 6,
        batch: 10,
        claim: 2,
        settle: 2,
        unlock: 2,
        withdraw: 3,
        setBroker: 6,
      },
      // So little that a few tickets take all of it.
      before: async (world) => {
        for (const [sender, recipient] of pairsOf(world)) {
          world.tick();
          await world.actions.allocate(world.anybody(0), sender, recipient, ONE / 25n);
        }
      },
      atLeast: {
        "redeem from an allocation": 8,
        reduceAllocation: 25,
        releaseAllocation: 8,
        "releaseAllocation TicketBrokerReleaseTooEarly": 10,
        "change of the validity": 2,
      },
    });
  });

  it("P4: who leaves a winner unpaid through the curing period loses its escrow, and who pays in time keeps it", async function () {
    const ends = { settled: 0, forfeited: 0 };
    await check({
      sequences: 12,
      length: 50,
      leaps: 3,
      weights: {
        fund: 8,
        allocate: 2,
        ticket: 26,
        claim: 16,
        settle: 8,
        forfeit: 10,
        unlock: 8,
        withdraw: 12,
        setBroker: 3,
      },
      before: fundAll,
      // Every debt ends: paid as long as the ticket lives, or with the loss of the escrow.
      after: async (world) => {
        const { senders, allocations, windows } = world.model.broker;
        const { rounds } = world.model;
        for (const [i, debt] of world.ledger.debts.entries()) {
          const { sender, recipient, faceValue, creationRound } = debt;
          world.tick();
          const alive = windows.lastRedemptionRound(creationRound) >= world.round;
          const within = faceValue < OUT_OF_REACH && allocations.funds(sender, recipient) < OUT_OF_REACH;
          if (alive && within && debt.state === "open") {
            await world.actions.fund(world.broadcaster(1), sender, faceValue, 0n);
            world.tick();
            expect(await world.actions.settle(world.anybody(i), debt), "P4: paid for the top-up").to.equal(true);
            ends.settled += 1;
          } else if (debt.state === "open") {
            if (world.round <= debt.curingRound) world.passTo(rounds.startOf(debt.curingRound + 1n));
            const liable = senders.of(sender).escrow !== 0n && world.ledger.isLiable(debt);
            expect(await world.actions.forfeit(world.anybody(i), debt), "P4: forfeited").to.equal(liable);
            if (liable) ends.forfeited += 1;
          }
        }
        await world.compareEverything();
      },
      atLeast: { claimDefault: 10, settleDefault: 2, forfeitEscrow: 6, withdraw: 1 },
    });
    expectOften(ends.settled, 1, "debts paid in the end");
    expectOften(ends.forfeited, 1, "debts that cost the escrow in the end");
  });

  it("P5: a commitment pays once, alone, in a batch or as a debt, and a bad item stops nobody", async function () {
    await check({
      sequences: 10,
      length: 40,
      leaps: 1,
      weights: { ticket: 26, redeem: 10, batch: 14, claim: 4, settle: 4, fund: 2 },
      before: fundAll,
      atLeast: {
        "batch paid": 10,
        "batch TicketBrokerCommitmentClosed": 10,
        "batch TicketBrokerInvalidSignature": 5,
        "batch TicketBrokerTicketExpired": 2,
        "batch TicketBrokerTicketLost": 2,
        "batch TicketBrokerInsufficientFunds": 2,
        "batch with several payers": 10,
        "batch with a payer of several": 5,
        "redeem TicketBrokerCommitmentClosed": 5,
        settleDefault: 2,
      },
    });
  });

  it("S7: the broker holds what it owes, to the wei, when everything comes and goes", async function () {
    await check({
      sequences: 8,
      length: 40,
      weights: {
        fund: 10,
        allocate: 6,
        reduce: 3,
        release: 3,
        unlock: 6,
        withdraw: 8,
        ticket: 14,
        redeem: 6,
        batch: 3,
        claim: 3,
        settle: 3,
        forfeit: 3,
        pull: 6,
        pay: 4,
      },
      before: fundAll,
      // Then everybody leaves: nothing is left.
      after: async (world) => {
        await takeEverythingBack(world);
        const { rounds, ether } = world.model;
        world.passTo(rounds.startOf(rounds.current + 4n));
        for (const n of [0, 1, 2]) {
          do world.tick();
          while ((await world.pull(world.orchestrator(n))) !== 0n);
        }
        world.tick();
        await world.actions.pay(world.orchestrator(0), world.ledger.owed, world.bondingManager);
        await world.compareEverything();
        const { broker } = (await theStage()).chain.addresses;
        expect(ether.of(broker), "S7: ETH without an owner").to.equal(0n);
      },
      atLeast: { withdraw: 12, releaseAllocation: 8, "pull of something": 5, "payment of something": 5 },
    });
  });

  it("P6: contract, model and node draw the same number from the same ticket", async function () {
    const { chain, chainId, accounts } = await theStage();
    const domain = { chainId, broker: chain.addresses.broker };
    const tickets = fc.record({
      recipient: fc.constantFrom(...accounts),
      sender: fc.constantFrom(...accounts),
      faceValue: fc.bigInt(0n, 2n ** 96n - 1n),
      winProb: fc.bigInt(0n, 2n ** 64n - 1n),
      salt: fc.bigInt(0n, 2n ** 128n - 1n),
      commitmentIndex: fc.bigInt(0n, 2n ** 32n - 1n),
      creationRound: fc.bigInt(0n, 2n ** 32n - 1n),
    });
    await fc.assert(
      fc.asyncProperty(tickets, fc.bigInt(0n, 2n ** 256n - 1n), async (fields, rand) => {
        const ticket: Ticket = { ...fields, commitment: commitmentTo(rand) };
        const digest = digestOf(ticket, domain);
        expect(ticketDigest({ ...ticket, creationRound: Number(ticket.creationRound) }, domain)).to.equal(digest);
        expect((await chain.read("broker", "hashTicket", ticket))[0]).to.equal(digest);
        const drawn = draw(digest, rand);
        expect(nodeDraw(digest, `0x${rand.toString(16).padStart(64, "0")}`)).to.equal(drawn);
        expect((await chain.read("broker", "draw", digest, rand))[0]).to.equal(drawn);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it("P6: the contract's draw is uniform over salts and over random numbers: chi-square over 50 bins", async function () {
    const { chain, chainId, accounts } = await theStage();
    const domain = { chainId, broker: chain.addresses.broker };
    const bins = { salts: new Array<number>(50).fill(0), rands: new Array<number>(50).fill(0) };
    const ticketOf = (salt: bigint): Ticket => ({
      recipient: accounts[3]!,
      sender: accounts[0]!,
      faceValue: ONE,
      winProb: ONE / 100n,
      salt,
      commitment: commitmentTo(1n),
      commitmentIndex: 0n,
      creationRound: 7n,
    });
    const still = digestOf(ticketOf(0n), domain);
    const drawn = async (digest: string, rand: bigint): Promise<number> =>
      Number(((await chain.read("broker", "draw", digest, rand))[0] as bigint) / (ONE / 50n));
    for (let i = 0n; i < 1_000n; i += 1n) {
      // The sender moves its salt while the recipient's number stands still, and the other way round.
      bins.salts[await drawn(digestOf(ticketOf(i), domain), 1n)]! += 1;
      bins.rands[await drawn(still, i)]! += 1;
    }
    for (const counts of Object.values(bins)) {
      const chiSquare = counts.reduce((total, count) => total + (count - 20) ** 2 / 20, 0);
      expect(chiSquare).to.be.lessThan(108); // 49 degrees of freedom: one in a million above
    }
  });
});

/** Every sender with every recipient. */
function pairsOf(world: World): (readonly [sender: string, recipient: string])[] {
  return [0, 1, 2].flatMap((of) => [0, 1, 2].map((to) => [world.broadcaster(of), world.orchestrator(to)] as const));
}

/** Whether the ticket would be paid if its sender could. */
function isGood(world: World, held: Held): boolean {
  return refusalOf(() => world.model.broker.winners.judge(held.recipient, held)) === null;
}

/** Has every sender take out what it put in: allocations first, and more than once where they do not fit into the deposit. */
async function takeEverythingBack(world: World): Promise<void> {
  const { senders, allocations, windows } = world.model.broker;
  const { rounds } = world.model;
  const pairs = pairsOf(world);
  const waitForLocks = (): void => world.passTo(rounds.startOf(rounds.current + windows.parameters.unlockPeriod));
  for (const [sender, recipient] of pairs) {
    world.tick();
    await world.actions.reduce(sender, recipient, allocations.of(sender, recipient).amount);
  }
  waitForLocks();
  for (let again = 0; again < 4; again += 1) {
    for (const [sender, recipient] of pairs) {
      world.tick();
      if (allocations.of(sender, recipient).amount !== 0n) await world.actions.release(sender, sender, recipient);
    }
    for (const n of [0, 1, 2]) {
      world.tick();
      if (senders.of(world.broadcaster(n)).withdrawRound === 0n)
        await world.actions.lockAction("unlock", world.broadcaster(n));
    }
    waitForLocks();
    for (const n of [0, 1, 2]) {
      world.tick();
      await world.actions.lockAction("withdraw", world.broadcaster(n));
    }
  }
}
