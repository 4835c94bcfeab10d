import fc from "fast-check";
import { createStage } from "./disputes/stage.ts";
import type { Stage } from "./disputes/stage.ts";
import { sequences } from "./disputes/steps.ts";
import { World } from "./disputes/world.ts";
import { expectOften, GLANCE, PATIENCE, runsOf, SEED, SHRINKING } from "./effort.ts";

describe("DisputeGame against its model", function () {
  this.timeout(360_000 * PATIENCE);
  let stage: Stage;

  before(async () => {
    stage = await createStage();
  });

  it("V4: agrees to the wei on every action", async function () {
    const weights = {
      challenge: 20, defend: 20, answer: 40, timeout: 8, settle: 8, release: 4, withdraw: 3, receiptKey: 3, signer: 3, become: 3,
      switch: 2, setParameters: 2, setBonding: 1, setRoundLength: 1, bond: 3, unbond: 3, withdrawStake: 2, unjail: 1,
      otherOpen: 3, otherClose: 3, otherSlash: 2,
    };
    const result = await fc.check(
      fc.asyncProperty(sequences(weights, 50), async (sequence) => {
        const world = await World.open(stage);
        await world.run(sequence);
      }),
      { numRuns: runsOf(Number(process.env.RUNS ?? 5)), seed: SEED, endOnFailure: true },
    );
    if (result.failed) throw new Error(`sequence ${result.numRuns} of seed ${SEED}`, { cause: result.errorInstance });
    console.log([...stage.seen].sort().map(([k, v]) => `${k}: ${v}`).join("\n"));
  });
});
void [expectOften, GLANCE, SHRINKING];
