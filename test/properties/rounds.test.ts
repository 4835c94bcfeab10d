import { expect } from "chai";
import fc from "fast-check";
import { TIME_LIMIT } from "./effort.ts";
import { check, theStage } from "./run.ts";
import { World } from "./world.ts";

describe("RoundsManager against its model", function () {
  this.timeout(TIME_LIMIT);

  it("S6: rounds advance by the clock alone, and tickets, unlocks and fees with them", async function () {
    await check({
      sequences: 6,
      length: 30,
      weights: { fund: 4, ticket: 8, pull: 5, unlock: 4, withdraw: 6, setLength: 8 },
      before: (world) => world.fundAll(),
      // Nobody called initializeRound, and months later all is as if somebody had.
      after: async (world) => {
        const { rounds, broker } = world.model;
        expect(rounds.announced).to.equal(null);
        world.passTo(rounds.startOf(rounds.current + broker.windows.parameters.ticketValidity + 40n));
        for (const n of [0, 1, 2]) {
          while ((await world.pull(world.orchestrator(n))) !== 0n) world.passTo(rounds.now + 1n);
          world.passTo(rounds.now + 1n);
          expect(world.ledger.rounds(world.orchestrator(n)), "fees that are left").to.deep.equal([]);
        }
        await world.compareEverything();
      },
      atLeast: { setRoundLength: 10, withdraw: 2, "pull of something": 5 },
    });
  });

  it("S6: a round is the number of boundaries that the clock has passed, under any changes of its length", async function () {
    const stage = await theStage();
    const { chain } = stage;
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
          await world.actions.setLength(world.admin, BigInt(newLength));
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
});
