import type { Scenario, Step } from "./interface.ts";
import type { Played } from "../../deploy/governance/simulate.ts";
import { reasonOf as plainly } from "../../deploy/refusal.ts";
import type { World } from "./world.ts";

/** Plays scenarios one after the other, each on the chain as it is now. */
export async function play(
  world: World,
  scenarios: readonly Scenario[],
  onPlayed: (played: Played) => void = () => undefined,
): Promise<Played[]> {
  const all: Played[] = [];
  for (const scenario of scenarios) {
    const played = await playOne(world, scenario);
    onPlayed(played);
    all.push(played);
  }
  return all;
}

async function playOne(world: World, scenario: Scenario): Promise<Played> {
  const began = performance.now();
  let problem: string | null = null;
  try {
    await world.aside(() => scenario.run(world, step));
  } catch (error) {
    problem = reasonOf(error);
  }
  return { scenario: scenario.name, problem, seconds: (performance.now() - began) / 1_000 };
}

/** Tells the step and the reason. */
class StepError extends Error {}

/** What a step throws begins with its name. */
const step: Step = async (name, act) => {
  try {
    return await act();
  } catch (cause) {
    throw new StepError(`${name}: ${reasonOf(cause)}`, { cause });
  }
};

/** With the step, if it was in one. */
export const reasonOf = (error: unknown): string => (error instanceof StepError ? error.message : plainly(error));
