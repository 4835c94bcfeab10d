import fc from "fast-check";
import { expect } from "chai";
import { live, histories } from "./alpha/history.ts";
import type { AlphaAct } from "./alpha/history.ts";
import { AlphaStage } from "./alpha/stage.ts";
import { sequences } from "./bonding/steps.ts";
import type { Step } from "./bonding/steps.ts";
import { expectOften, PATIENCE, runsOf, SEED } from "./effort.ts";

const RUNS = runsOf(20);
/** {1} Actions before and after the upgrade. */
const [BEFORE, AFTER] = [60, 35];

/** What the sequences have to meet, all together. */
const OFTEN: Readonly<Record<string, number>> = {
  "alpha: bond": 40,
  "alpha: unbond": 12,
  "alpha: reward": 25,
  "alpha: work": 25,
  "alpha: unfinished claim": 3,
  "alpha: resign": 3,
  "waiting position": 20,
  "alpha lock": 12,
  "orchestrator aside": 4,
  bond: 30,
  unbond: 24,
  rebond: 8,
  withdrawStake: 8,
  "withdrawStake BondingManagerWithdrawTooEarly": 5,
  slash: 3,
  "slash of what has left": 1,
  unjail: 6,
  "fees pulled": 4,
  votes: 70,
};

describe("The alpha's upgrade against a network that never was an alpha", function () {
  this.timeout(900_000 * PATIENCE);
  let stage: AlphaStage;

  before(async function () {
    stage = await AlphaStage.open();
  });

  it("leaves to everybody, to the wei, the stake, rewards, votes, locks, fees and deposits that there would be without it (S2, S5, S6, S7)", async function () {
    const run = async (
      history: readonly AlphaAct[],
      steps: readonly Step[],
      order: readonly number[],
      picks: readonly number[],
    ): Promise<void> => {
      await stage.begin();
      await live(stage.world, history, (what) => stage.see(`alpha: ${what}`));
      await stage.upgrade(order);
      await stage.streamflow.run(steps, picks);
      await stage.settleFunds();
    };
    const numbers = (most: number, length: number): fc.Arbitrary<number[]> =>
      fc.array(fc.nat(most), { minLength: length, maxLength: length });
    const result = await fc.check(
      fc.asyncProperty(histories(BEFORE), sequences(AFTER), numbers(40, 9), numbers(1_000_000, 3), run),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    if (result.failed) throw new Error(`sequence ${result.numRuns} of seed ${SEED}: ${String(result.errorInstance)}`);
    for (const [what, least] of Object.entries(OFTEN)) expectOften(stage.seen.get(what) ?? 0, least, what);
    expect(result.numRuns).to.equal(RUNS);
  });
});
