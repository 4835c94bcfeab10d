import { expect } from "chai";
import fc from "fast-check";
import { expectOften } from "./effort.ts";
import { check, theStage, TIME_LIMIT } from "./run.ts";
import type { Weights } from "./steps.ts";
import { World } from "./world.ts";

const ONE = 10n ** 18n;

/** Three orchestrators with stake of their own and of delegators, and broadcasters with ETH. */
async function settle(world: World, count = 3): Promise<void> {
  for (const [n, feeShare] of [ONE / 2n, ONE, ONE / 3n].slice(0, count).entries()) {
    world.passTo(world.model.rounds.now + 1n);
    await world.fund(world.broadcaster(n), world.broadcaster(n), 5n * ONE, 0n);
    const orchestrator = world.orchestrator(n);
    world.passTo(world.model.rounds.now + 1n);
    await world.register(orchestrator, ONE / 10n, feeShare);
    for (const from of [orchestrator, world.delegator(3 + n)]) {
      world.passTo(world.model.rounds.now + 1n);
      await world.bond(from, 4_000n * ONE + BigInt(n), orchestrator);
    }
  }
  world.passTo(world.model.rounds.startOf(world.model.rounds.current + 1n));
}

/** Every claim of everybody on everything that was earned, once all rounds are closed. */
async function claimAll(world: World): Promise<void> {
  const { rounds, broker } = world.model;
  world.passTo(rounds.startOf(rounds.current + broker.parameters.ticketValidity + 40n));
  const earned = new Map([...world.ledger.wins.values()].map((win) => [`${win.recipient}/${win.creationRound}`, win]));
  for (const { recipient, creationRound } of earned.values()) {
    for (let n = 0; n < 9; n += 1) {
      const who = world.anybody(n);
      if (world.ledger.claims.get(`${recipient}/${creationRound}`)?.has(who) === true) continue;
      world.passTo(rounds.now + 1n);
      await world.claim(who, recipient, [creationRound]);
    }
    // S7: what stays is less than a wei for each that had a part.
    const claims = [...world.ledger.claims.get(`${recipient}/${creationRound}`)!.values()];
    const dust = world.ledger.fees(recipient, creationRound) - claims.reduce((a, b) => a + b, 0n);
    expect(dust >= 0n && dust < 9n, `S7: ${dust} wei of round ${creationRound} are left`).to.equal(true);
  }
  await world.compareEverything();
}

const LIFE: Weights = {
  register: 4,
  bond: 14,
  unbond: 14,
  withdrawStake: 12,
  poke: 3,
  claim: 8,
  ticket: 10,
  redeem: 3,
  fund: 2,
  setLength: 2,
  setBonding: 3,
  setBroker: 1,
  announce: 1,
  switch: 1,
};

describe("BondingManager against its model", function () {
  this.timeout(TIME_LIMIT);

  it("agrees on every action, refusal, stake, lock, flag and fee", async function () {
    await check({
      sequences: 30,
      length: 50,
      weights: LIFE,
      before: (world) => settle(world, 1),
      atLeast: {
        register: 20,
        bond: 30,
        unbond: 8,
        withdrawStake: 3,
        "register BondingManagerAlreadyRegistered": 2,
        "register BondingManagerBondedElsewhere": 1,
        "register BondingManagerRatioOutOfBounds": 1,
        "bond BondingManagerZeroAmount": 1,
        "bond BondingManagerNotRegistered": 2,
        "bond BondingManagerBondedElsewhere": 2,
        "bond ERC20InsufficientBalance": 1,
        "bond ERC20InsufficientAllowance": 1,
        "unbond BondingManagerInsufficientStake": 2,
        "withdrawStake BondingManagerWithdrawTooEarly": 2,
        "withdrawStake BondingManagerNoSuchLock": 2,
        "withdrawFees TicketBrokerRoundOpen": 2,
        "setParameters BondingManagerMinimumOutOfBounds": 1,
        "setParameters BondingManagerPeriodOutOfBounds": 1,
      },
    });
  });

  it("S2: stake of a round shares its fees pro rata; what came later or left earlier gets none of it", async function () {
    await check({
      sequences: 8,
      length: 30,
      weights: { bond: 14, unbond: 12, ticket: 16, claim: 6, withdrawStake: 3 },
      before: (world) => settle(world),
      after: claimAll,
      atLeast: { "claim of something": 12 },
    });
  });

  it("S3: fees go to the creation round's stake, who has left before the redemption included", async function () {
    let left = 0;
    await check({
      sequences: 10,
      length: 15,
      weights: { ticket: 10, bond: 4, unbond: 4, setBonding: 1 },
      before: (world) => settle(world),
      after: async (world) => {
        const { bonding, rounds, broker } = world.model;
        const [delegator, orchestrator, newcomer] = [world.delegator(3), world.orchestrator(0), world.delegator(6)];
        const stake = bonding.stakeAt(delegator, orchestrator, rounds.current);
        const creationRound = rounds.current;
        const held = await world.sign({
          sender: world.broadcaster(0),
          recipient: orchestrator,
          faceValue: 1_000_003n,
          winProb: ONE,
          salt: 0n,
          rand: 5n,
          commitmentIndex: 1_000n,
          creationRound,
        });
        // The delegator leaves and another comes between the ticket and its redemption.
        world.passTo(rounds.now + 1n);
        if (bonding.stake(delegator) > 0n) await world.unbond(delegator, bonding.stake(delegator));
        world.passTo(rounds.now + 1n);
        await world.bond(newcomer, 5n * ONE, orchestrator);
        world.passTo(rounds.startOf(creationRound + broker.parameters.ticketValidity));
        await world.fund(world.broadcaster(0), world.broadcaster(0), 1_000_003n, 0n);
        world.passTo(rounds.now + 1n);
        expect(await world.redeem(held, orchestrator)).to.equal(true);
        await claimAll(world);
        const claims = world.ledger.claims.get(`${orchestrator}/${creationRound}`)!;
        if (stake > ONE && bonding.orchestrator(orchestrator).feeShare !== 0n) {
          expect(claims.get(delegator)! > 0n, "S3: who left was paid").to.equal(true);
          left += 1;
        }
        if (bonding.stakeAt(newcomer, orchestrator, creationRound) === 0n) {
          expect(claims.get(newcomer), "S3: who came was not").to.equal(0n);
        }
      },
    });
    expectOften(left, 4, "delegators that left before the redemption");
  });

  it("S4: reward cut and fee share stay as they were announced", async function () {
    await check({
      sequences: 4,
      length: 30,
      weights: { register: 12, bond: 6, unbond: 3, setBonding: 3, ticket: 4 },
      // `register` fails for who has registered, and every look compares the ratios with those of the registration.
      atLeast: { "register BondingManagerAlreadyRegistered": 5 },
    });
  });

  it("S6: rounds advance by the clock alone, and claims, locks and tickets with them", async function () {
    await check({
      sequences: 6,
      length: 30,
      weights: { bond: 6, unbond: 6, withdrawStake: 6, ticket: 6, claim: 6, setLength: 8 },
      before: (world) => settle(world),
      // Nobody called initializeRound, and months later all is as if somebody had.
      after: async (world) => {
        expect(world.model.rounds.announced).to.equal(null);
        await claimAll(world);
      },
      atLeast: { setRoundLength: 10, withdrawStake: 2 },
    });
  });

  it("S6: a round is the number of boundaries that the clock has passed, under any changes of its length", async function () {
    const { chain } = await theStage();
    const stage = await theStage();
    const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1, 3, 10, 45, 100)), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(lengths, async (changes) => {
        const world = await World.open(stage);
        const { rounds } = world.model;
        // Second by second: a boundary adds one and brings the length that was decided before it.
        let [time, round, length, next] = [rounds.startOf(rounds.current), rounds.current, 100n, 100n];
        let boundary = time + length;
        const naive: { time: bigint; round: bigint }[] = [];
        const liveTo = (until: bigint): void => {
          for (; time < until; time += 1n) {
            if (time === boundary) [round, length, boundary] = [round + 1n, next, time + next];
            if (time % 7n === 0n || time + 1n === boundary || time === boundary - length) naive.push({ time, round });
          }
        };
        for (const [seconds, newLength] of changes) {
          const at = rounds.now + BigInt(seconds);
          liveTo(at + 1n);
          world.passTo(at);
          await world.setLength(BigInt(newLength));
          next = BigInt(newLength);
        }
        liveTo(time + 300n);
        for (const moment of naive.filter((_, i) => i % 3 === 0)) {
          const have = (await chain.read("rounds", "roundAt", moment.time))[0] as bigint;
          expect(have, `round at ${moment.time}`).to.equal(moment.round);
        }
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  it("S7: all that can be claimed is there, dust amounts and changes of every parameter included", async function () {
    await check({
      sequences: 6,
      length: 40,
      weights: { ...LIFE, claim: 10, ticket: 14, pull: 2 },
      before: (world) => settle(world),
      after: claimAll,
      atLeast: { "claim of something": 10 },
    });
  });

  it("S1: an action costs the same after 3 rounds of history and after 120", async function () {
    const stage = await theStage();
    const world = await World.open(stage);
    await settle(world);
    const { rounds } = world.model;
    const [delegator, orchestrator] = [world.delegator(3), world.orchestrator(0)];
    const cost = async (call: () => Promise<void>): Promise<bigint> => {
      world.passTo(rounds.startOf(rounds.current + 1n));
      await call();
      const block = await stage.protocol.ethers.provider.getBlock("latest");
      return block!.gasUsed;
    };
    const bond = (): Promise<void> => world.bond(delegator, ONE, orchestrator);
    const unbond = (): Promise<void> => world.unbond(delegator, ONE);
    for (let i = 0; i < 2; i += 1) await cost(bond);
    const early = [await cost(bond), await cost(unbond)];
    for (let i = 0; i < 58; i += 1) {
      await cost(bond);
      await cost(unbond);
    }
    const late = [await cost(bond), await cost(unbond)];
    for (const [i, gas] of late.entries()) {
      const difference = gas - early[i]!;
      expect(difference < 1_000n && difference > -1_000n, `${early[i]} gas became ${gas}`).to.equal(true);
    }
  });
});
