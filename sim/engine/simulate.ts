import { populate } from "../actors/population.ts";
import { OBSERVATIONS, type ObservationName } from "../observations/index.ts";
import { Observation, type Verdict } from "../observations/observation.ts";
import { Demand } from "./demand.ts";
import { Random } from "./random.ts";
import { RUNS, type Expectation, type Run, type Scenario, type Start } from "./scenario.ts";
import { takePlaces } from "./start.ts";
import { World } from "./world.ts";

/** What uses random numbers; none of it shifts the others, so that a baseline differs by what actors do alone. */
const STREAMS = { start: 0, demand: 1, actors: 2 };

/** One life of a scenario's world. */
export interface Life {
  readonly start: string;
  readonly run: Run;
  readonly observations: ReadonlyMap<ObservationName, Observation>;
}

/** What came of one expectation from one start. */
export interface Outcome extends Verdict {
  readonly expectation: Expectation;
  readonly start: string;
}

export interface Simulation {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly lives: readonly Life[];
  readonly outcomes: readonly Outcome[];
}

/** Runs a scenario from each of its starts, and once more with everybody doing nothing, and judges its expectations. */
export function simulate(scenario: Scenario, seed = scenario.seed): Simulation {
  const lives = scenario.starts.flatMap((start) => RUNS.map((run) => live(scenario, seed, start, run)));
  const outcomes = scenario.expectations.flatMap((expectation) =>
    lives
      .filter(({ run }) => run === expectation.run)
      .map(({ start, observations }) => ({
        expectation,
        start,
        ...observations.get(expectation.observation)!.assert(expectation),
      })),
  );
  return { scenario, seed, lives, outcomes };
}

function live(scenario: Scenario, seed: number, start: Start, run: Run): Life {
  const observed = new Set([...scenario.expectations, ...scenario.plots].map(({ observation }) => observation));
  const observations = new Map([...observed].map((name) => [name, new Observation(OBSERVATIONS[name])]));

  const random = new Random(seed, STREAMS.actors);
  const population = populate(scenario, run, random);
  const world = new World(scenario);
  takePlaces(world, population, start, new Random(seed, STREAMS.start));

  const demand = new Demand(scenario.demand, population.orchestrators, new Random(seed, STREAMS.demand));
  const everybody = [...population.orchestrators, ...population.delegators, ...population.holders];
  for (let round = 1; round <= scenario.rounds; round++) {
    world.nextRound();
    world.work(demand.draw(round));
    const view = world.view();
    for (const { name, actor } of random.shuffle(everybody)) actor.act(view, world.wallet(name));
    for (const observation of observations.values()) observation.capture(view);
  }
  return { start: start.name, run, observations };
}
