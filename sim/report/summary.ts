import type { Simulation } from "../engine/simulate.ts";
import { meanOf, rangeOf } from "../observations/observation.ts";

/** One observed line in a few numbers. */
export interface LineSummary {
  readonly observation: string;
  readonly unit: string;
  readonly start: string;
  readonly run: string;
  readonly line: string;
  readonly first: number;
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
  readonly last: number;
}

/** All observed lines of a simulation. */
export function summarize({ lives }: Simulation): LineSummary[] {
  return lives.flatMap(({ start, run, observations }) =>
    [...observations].flatMap(([observation, { observable, lines }]) =>
      [...lines].map(([line, points]) => {
        const values = points.map(({ value }) => value);
        const [least, greatest] = rangeOf(values);
        return {
          observation,
          unit: observable.unit,
          start,
          run,
          line,
          first: rounded(values[0]!),
          least: rounded(least),
          greatest: rounded(greatest),
          mean: rounded(meanOf(values)),
          last: rounded(values.at(-1)!),
        };
      }),
    ),
  );
}

/** Six significant digits: more are noise of the sample, and of floating point. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** A simulation's account as JSON. */
export function accountOf(simulation: Simulation): object {
  const { scenario, seed, outcomes } = simulation;
  return {
    scenario: scenario.name,
    seed,
    rounds: scenario.rounds,
    pass: outcomes.every(({ pass }) => pass),
    expectations: outcomes.map(({ expectation, start, pass, measured }) => ({
      ...expectation,
      start,
      pass,
      measured: measured?.map(rounded) ?? null,
    })),
    observations: summarize(simulation),
  };
}
