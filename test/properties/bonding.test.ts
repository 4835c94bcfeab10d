import fc from "fast-check";
import { createStage } from "./bonding/stage.ts";
import type { Stage } from "./bonding/stage.ts";
import { sequences } from "./bonding/steps.ts";
import type { Step } from "./bonding/steps.ts";
import { World } from "./bonding/world.ts";
import { GLANCE, SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";
import { shorten } from "./shorten.ts";

const RUNS = runsOf(50);
const LENGTH = 60;

/** What the sequences have to meet, all together: a property that met nothing proves nothing. */
const OFTEN: Readonly<Record<string, number>> = {
  bond: 250,
  unbond: 100,
  "unbond of several generations": 1,
  unbondCommission: 12,
  resign: 10,
  "resign under dispute": 1,
  "register with own stake": 100,
  withdrawStake: 20,
  rebond: 15,
  "rebond elsewhere": 2,
  setCommission: 25,
  unjail: 4,
  openDispute: 40,
  slash: 15,
  "slash beside young stake": 5,
  "slash of what leaves": 1,
  "slash of what has left": 5,
  forgiven: 1,
  "fees pulled": 20,
  "fees paid": 5,
  votes: 150,
  setParameters: 25,
  setRoundLength: 15,
  "bond BondingManagerNotRegistered": 3,
  "setParameters BondingManagerNoticeTooShort": 1,
  "resign BondingManagerInsufficientStake": 1,
  "resign BondingManagerNotRegistered": 1,
  "bond BondingManagerBondedElsewhere": 5,
  "bond BondingManagerAmountTooSmall": 5,
  "bond BondingManagerDisputed": 10,
  "bond EnforcedPause": 2,
  "register BondingManagerAlreadyRegistered": 3,
  "register BondingManagerBondedElsewhere": 2,
  "rebond BondingManagerDisputed": 4,
  "rebond BondingManagerStillLiable": 3,
  "rebond BondingManagerNoSuchLock": 5,
  "withdrawStake BondingManagerWithdrawTooEarly": 5,
  "unbond BondingManagerInsufficientStake": 1,
  "unbond BondingManagerRemainderTooSmall": 1,
  "unjail BondingManagerJailed": 1,
  "slash BondingManagerSlashed": 4,
  "slash BondingManagerNotDisputed": 10,
  "openDispute BondingManagerFaultTooOld": 5,
  "openDispute BondingManagerRoundAhead": 2,
};

describe("BondingManager against its model", function () {
  this.timeout(TIME_LIMIT);
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
          await run(await shorten(steps, (fewer) => run(fewer, rounds)), rounds);
          throw error; // it fails with all steps only
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    // The calls say more than the steps that led to them.
    if (result.failed) throw new Error(`sequence ${result.numRuns} of seed ${SEED}`, { cause: result.errorInstance });
    for (const [what, least] of Object.entries(OFTEN)) expectOften(stage.seen.get(what) ?? 0, least, what);
  });
});
