import fc from "fast-check";
import { expectOften, GLANCE, runsOf, SEED, SHRINKING, TIME_LIMIT } from "./effort.ts";
import { sequences } from "./steps.ts";
import type { Step, Weights } from "./steps.ts";
import { World } from "./world.ts";
import { createStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

let stage: Promise<Stage> | undefined;

export const theStage = (): Promise<Stage> => (stage ??= createStage());

export interface Property {
  /** Sequences in the default run. */
  readonly sequences: number;
  /** Actions in each. */
  readonly length: number;
  readonly weights: Weights;
  /** How many of ten actions come at a boundary of rounds instead of in the next second. */
  readonly leaps?: number;
  /** What every sequence begins with. */
  readonly before?: (world: World) => Promise<void>;
  /** What every sequence ends with. */
  readonly after?: (world: World) => Promise<void>;
  /** What has to happen at least so often, all sequences together: a property that met nothing proves nothing. */
  readonly atLeast?: Readonly<Record<string, number>>;
}

/** Runs random sequences against contracts and model, and shrinks the first that they disagree on. */
export async function check(property: Property): Promise<void> {
  const shared = await theStage();
  shared.seen.clear();
  const runs = runsOf(property.sequences);
  let failedAt: number | undefined;
  await fc.assert(
    fc.asyncProperty(sequences(property.weights, property.length, property.leaps ?? 3), async (steps) => {
      // What is not tried any more counts as good, so the shortest failure so far is reported.
      if (failedAt !== undefined && performance.now() - failedAt > SHRINKING) return;
      try {
        await run(shared, property, steps);
      } catch (error) {
        failedAt ??= performance.now();
        throw error;
      }
    }),
    {
      numRuns: runs,
      seed: SEED,
      endOnFailure: GLANCE,
      interruptAfterTimeLimit: 0.9 * TIME_LIMIT,
      markInterruptAsFailure: true,
    },
  );
  for (const [what, least] of Object.entries(property.atLeast ?? {})) {
    expectOften(shared.seen.get(what) ?? 0, least, `how often the sequences met "${what}"`);
  }
}

async function run(shared: Stage, { before, after }: Property, steps: readonly Step[]): Promise<void> {
  const world = await World.open(shared);
  await before?.(world);
  await world.run(steps);
  await after?.(world);
}
