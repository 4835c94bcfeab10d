import fc from "fast-check";
import { createStage } from "./bonding/stage.ts";
import type { Stage } from "./bonding/stage.ts";
import { sequences } from "./bonding/steps.ts";
import type { Step } from "./bonding/steps.ts";
import { World } from "./bonding/world.ts";
import { expectOften, GLANCE, PATIENCE, runsOf, SEED, SHRINKING } from "./effort.ts";

const RUNS = runsOf(60);
const LENGTH = 60;

/** The sequence without all that the failure does not need, as far as time allows. */
async function shorten(steps: readonly Step[], fails: (steps: readonly Step[]) => Promise<boolean>): Promise<Step[]> {
  const until = performance.now() + SHRINKING * PATIENCE;
  let shortest = [...steps];
  for (let size = steps.length >> 1; size > 0; size >>= 1) {
    for (let at = shortest.length - size; at >= 0; at -= size) {
      if (performance.now() > until) return shortest;
      const rest = shortest.toSpliced(at, size);
      if (await fails(rest)) shortest = rest;
    }
  }
  return shortest;
}

describe("BondingManager against its model", function () {
  this.timeout(400_000 * PATIENCE);
  let stage: Stage;

  before(async function () {
    stage = await createStage();
  });

  const run = async (steps: readonly Step[], picks: readonly number[]): Promise<void> =>
    (await World.open(stage)).run(steps, picks);

  it("agrees to the wei on every action, refusal, stake, lock, fee and vote (S1 to S7)", async function () {
    const picks = fc.array(fc.nat(1_000_000), { minLength: 3, maxLength: 3 });
    const result = await fc.check(
      fc.asyncProperty(sequences(LENGTH), picks, async (steps, rounds) => {
        try {
          await run(steps, rounds);
        } catch (error) {
          if (GLANCE) throw error;
          const fails = (fewer: readonly Step[]): Promise<boolean> =>
            run(fewer, rounds).then(
              () => false,
              () => true,
            );
          await run(await shorten(steps, fails), rounds);
          throw error; // it fails with all steps only
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    // The calls say more than the steps that led to them.
    if (result.failed) throw new Error(`sequence ${result.numRuns} of seed ${SEED}`, { cause: result.errorInstance });
    if (process.env.SHOW) console.log(stage.seen);
    const often = { bond: 300 };
    for (const [what, least] of Object.entries(often)) expectOften(stage.seen.get(what) ?? 0, least, what);
  });
});
