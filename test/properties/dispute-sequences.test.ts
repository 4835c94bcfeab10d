import fc from "fast-check";
import { createStage } from "./disputes/stage.ts";
import type { Stage } from "./disputes/stage.ts";
import { sequences } from "./disputes/steps.ts";
import type { Sequence, Weights } from "./disputes/steps.ts";
import { World } from "./disputes/world.ts";
import { GLANCE, SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";
import { shorten } from "./shorten.ts";

interface Property {
  /** Sequences in the default run. */
  readonly sequences: number;
  /** Actions in each. */
  readonly length: number;
  readonly weights: Weights;
  /** What the sequences have to meet, all together: a property that met nothing proves nothing. */
  readonly often: Readonly<Record<string, number>>;
}

describe("DisputeGame against its model", function () {
  this.timeout(TIME_LIMIT);
  let stage: Stage;

  before(async () => {
    stage = await createStage();
  });

  const run = async (sequence: Sequence): Promise<void> => (await World.open(stage)).run(sequence);

  /** Runs random sequences, and shows the calls of the first that fails without all that it does not need. */
  async function check(property: Property): Promise<void> {
    stage.seen.clear();
    const result = await fc.check(
      fc.asyncProperty(sequences(property.weights, property.length), async (sequence) => {
        try {
          await run(sequence);
        } catch (error) {
          if (GLANCE) throw error;
          const steps = await shorten(sequence.steps, (fewer) => run({ ...sequence, steps: fewer }));
          await run({ ...sequence, steps });
          throw error; // it fails with all steps only
        }
      }),
      { numRuns: runsOf(property.sequences), seed: SEED, endOnFailure: true },
    );
    // The calls say more than the steps that led to them.
    if (result.failed) throw new Error(`sequence ${result.numRuns} of seed ${SEED}`, { cause: result.errorInstance });
    for (const [what, least] of Object.entries(property.often)) expectOften(stage.seen.get(what) ?? 0, least, what);
  }

  it("V4: agrees with its model to the wei on every challenge, move, end, refusal, bond and slash; each ends once, and nothing is left", async function () {
    await check({
      sequences: 24,
      length: 60,
      weights: {
        challenge: 20,
        defend: 20,
        answer: 50,
        timeout: 7,
        settle: 6,
        release: 5,
        withdraw: 3,
        receiptKey: 3,
        signer: 3,
        become: 4,
        switch: 2,
        setParameters: 4,
        setBonding: 2,
        setRoundLength: 1,
        bond: 3,
        unbond: 3,
        withdrawStake: 2,
        unjail: 1,
        otherOpen: 3,
        otherClose: 2,
        otherSlash: 2,
      },
      often: {
        challenge: 50,
        "true challenge": 12,
        "false challenge": 30,
        "challenge beside others": 30,
        "challenge by a hot key": 1,
        "receipt by a key": 1,
        "another module's dispute beside others": 2,
        defend: 30,
        "defence by the challenger itself": 3,
        "defence by the orchestrator": 2,
        "defence beside others": 6,
        move: 10,
        prove: 6,
        "challenger wins by a proof": 3,
        "defender wins by a proof": 1,
        "challenger wins by the clock": 4,
        "defender wins by the clock": 8,
        settle: 30,
        "settled with a slash": 20,
        "settled without a slash": 10,
        "settled with a pot": 5,
        bounty: 20,
        release: 4,
        "payment kept": 5,
        withdraw: 5,
        "a bond lost to oneself": 10,
        slash: 2,
        "unbond under dispute": 4,
        "setParameters under dispute": 1,
        "challenge EnforcedPause": 2,
        "challenge DisputeGameNotInWindow": 5,
        "challenge DisputeGameNotJudge": 1,
        "challenge DisputeGameNotParty": 5,
        "challenge DisputeGameInvalidSignature": 1,
        "challenge DisputeGameExists": 1,
        "challenge DisputeGameOutOfBounds": 1,
        "defend DisputeGameClock": 3,
        "defend DisputeGameClaimMismatch": 1,
        "defend DisputeGameListMismatch": 1,
        "defend DisputeGameListLength": 1,
        "prove DisputeGameClock": 2,
        "prove DisputeGameNoDisagreement": 5,
        "timeout DisputeGameClock": 3,
        "settle DisputeGameNotSettleable": 5,
        "setParameters DisputeGameOutOfBounds": 5,
      },
    });
  });

  it("V4: whoever is on both sides has less after a dispute, whatever part of the stake is its own", async function () {
    await check({
      sequences: 12,
      length: 40,
      weights: {
        challenge: 12,
        defend: 9,
        answer: 20,
        timeout: 5,
        settle: 10,
        release: 2,
        become: 1,
        bond: 2,
        unbond: 3,
        withdrawStake: 1,
        unjail: 1,
      },
      often: {
        "own stake lost, and half of it won": 8,
        "a bond lost to oneself": 6,
        "true challenge": 6,
        "false challenge": 12,
        "settled with a slash": 10,
      },
    });
  });
});
