import { expect } from "chai";
import fc from "fast-check";
import { draw as nodeDraw, ticketDigest } from "../../offchain/pm/ticket.ts";
import { commitmentTo, digestOf, draw } from "../../sim/model/ticket.ts";
import type { Ticket } from "../../sim/model/ticket.ts";
import { expectOften } from "./effort.ts";
import { check, theStage, TIME_LIMIT } from "./run.ts";
import type { Held } from "./tickets.ts";
import type { World } from "./world.ts";

const ONE = 10n ** 18n;

const fundAll = (world: World): Promise<void> => world.fundAll();

describe("TicketBroker against its model", function () {
  this.timeout(TIME_LIMIT);

  it("agrees on every action, refusal, balance and booking", async function () {
    await check({
      sequences: 30,
      length: 50,
      leaps: 2,
      weights: {
        fund: 8,
        unlock: 8,
        cancelUnlock: 2,
        withdraw: 10,
        ticket: 20,
        redeem: 8,
        batch: 4,
        pull: 8,
        pay: 4,
        announce: 1,
        setLength: 2,
        setBroker: 3,
        switch: 1,
      },
      atLeast: {
        redeem: 30,
        withdraw: 5,
        setParameters: 4,
        "pull of something": 5,
        "payment of something": 2,
        "pullFees TicketBrokerNotBondingManager": 1,
        "payFees TicketBrokerNotBondingManager": 1,
        "payFees TicketBrokerFeesMissing": 2,
        "redeem TicketBrokerNotRecipient": 1,
        "redeem TicketBrokerTicketFromFuture": 1,
        "redeem TicketBrokerTicketExpired": 5,
        "redeem TicketBrokerWrongRecipientRand": 1,
        "redeem TicketBrokerCommitmentClosed": 2,
        "redeem TicketBrokerTicketLost": 3,
        "redeem TicketBrokerInvalidSignature": 2,
        "redeem TicketBrokerInsufficientDeposit": 3,
        "fund SafeCastOverflowedUintDowncast": 1,
        "withdraw TicketBrokerWithdrawTooEarly": 3,
        "setParameters TicketBrokerUnlockPeriodTooShort": 3,
      },
    });
  });

  it("P1: a winner pays its full face value, or is refused and stays redeemable until it expires", async function () {
    let recovered = 0;
    await check({
      sequences: 8,
      length: 30,
      weights: { fund: 2, ticket: 20, redeem: 8, batch: 6, unlock: 2, withdraw: 1, setBroker: 1 },
      // Every winner that nobody has paid yet is paid in full once its sender can.
      after: async (world) => {
        const { broker, rounds } = world.model;
        for (const held of [...world.held]) {
          const { recipient, sender, faceValue, creationRound, commitmentIndex } = held.ticket;
          if (faceValue === 0n) continue;
          const dead = creationRound > rounds.current || broker.lastRedemptionRound(creationRound) < rounds.current;
          if (dead || !isWinner(world, held) || broker.isClosed(recipient, commitmentIndex)) continue;
          if (broker.sender(sender).deposit < faceValue) {
            world.passTo(rounds.now + 1n);
            if (faceValue >= 2n ** 95n) continue; // nobody has so much
            expect(await world.fund(world.broadcaster(1), sender, faceValue, 0n)).to.equal(true);
          }
          world.passTo(rounds.now + 1n);
          const before = broker.feesOf(recipient, creationRound);
          expect(await world.redeem(held, recipient), "P1: a winner is paid once its sender can").to.equal(true);
          expect(broker.feesOf(recipient, creationRound) - before).to.equal(faceValue);
          recovered += 1;
        }
        await world.compareEverything();
      },
      atLeast: { "redeem TicketBrokerInsufficientDeposit": 10 },
    });
    expectOften(recovered, 5, "winners paid after a top-up");
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
      weights: { ticket: 14, redeem: 10, pull: 16, setBroker: 8, fund: 2 },
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

  it("P5: a commitment pays once, alone or in a batch, and a bad item stops nobody", async function () {
    await check({
      sequences: 10,
      length: 40,
      leaps: 1,
      weights: { ticket: 14, redeem: 14, batch: 14 },
      before: fundAll,
      atLeast: {
        "batch paid": 4,
        "batch TicketBrokerCommitmentClosed": 10,
        "batch TicketBrokerInvalidSignature": 3,
        "batch TicketBrokerNotRecipient": 5,
        "redeem TicketBrokerCommitmentClosed": 5,
      },
    });
  });

  it("S7: the broker holds what it owes, to the wei, when everything comes and goes", async function () {
    await check({
      sequences: 8,
      length: 40,
      weights: { fund: 10, unlock: 6, withdraw: 8, ticket: 12, redeem: 6, batch: 3, pull: 6, pay: 4 },
      before: fundAll,
      // Then everybody leaves: nothing is left.
      after: async (world) => {
        const { broker, rounds } = world.model;
        for (const n of [0, 1, 2]) {
          world.passTo(rounds.now + 1n);
          if (broker.sender(world.broadcaster(n)).withdrawRound === 0n) {
            await world.lockAction("unlock", world.broadcaster(n));
          }
        }
        world.passTo(rounds.startOf(rounds.current + broker.parameters.unlockPeriod));
        for (const n of [0, 1, 2]) {
          world.passTo(rounds.now + 1n);
          await world.lockAction("withdraw", world.broadcaster(n));
          expect(broker.sender(world.broadcaster(n)).deposit).to.equal(0n);
        }
        for (const n of [0, 1, 2]) {
          do world.passTo(rounds.now + 1n);
          while ((await world.pull(world.orchestrator(n))) !== 0n);
        }
        world.passTo(rounds.now + 1n);
        await world.pay(world.orchestrator(0), world.ledger.owed);
        await world.compareEverything();
        expect(world.model.ether.of((await theStage()).chain.addresses.broker), "S7: ETH without an owner").to.equal(
          0n,
        );
      },
      atLeast: { withdraw: 12, "pull of something": 5, "payment of something": 5 },
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
      commitmentIndex: fc.bigInt(0n, 2n ** 64n - 1n),
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

/** Whether the sender's signature, the recipient's number and the draw are right. */
function isWinner(world: World, held: Held): boolean {
  const { ticket, signer, recipientRand } = held;
  if (signer !== ticket.sender || commitmentTo(recipientRand) !== ticket.commitment) return false;
  return draw(world.digestOf(ticket), recipientRand) < ticket.winProb;
}
