import type { View } from "../actors/view.ts";
import type { Expectation } from "../engine/scenario.ts";

/** What is measured of one round, one value for each line that a chart would draw. */
export interface Sample {
  readonly round: number;
  readonly values: ReadonlyMap<string, number>;
}

export interface Point {
  readonly round: number;
  readonly value: number;
}

/** Something that can be observed. */
export interface Observable {
  readonly title: string;
  readonly unit: string;
  /** Of the latest round that can be measured, or null. */
  measure(view: View): Sample | null;
}

/** What came of an expectation. */
export interface Verdict {
  readonly pass: boolean;
  /** The least and the greatest value that counted; null if nothing was observed. */
  readonly measured: readonly [number, number] | null;
}

/** All that was observed of one thing in one run. */
export class Observation {
  readonly observable: Observable;
  readonly #samples: Sample[] = [];

  constructor(observable: Observable) {
    this.observable = observable;
  }

  capture(view: View): void {
    const sample = this.observable.measure(view);
    if (sample !== null) this.#samples.push(sample);
  }

  assert({ line, from, to = Infinity, statistic, comparison, bounds }: Expectation): Verdict {
    const within = this.#samples.filter(({ round }) => round >= from && round <= to);
    const values = (statistic === "last" ? within.slice(-1) : within).flatMap(({ values }) =>
      [...values].filter(([name]) => line === undefined || name === line).map(([, value]) => value),
    );
    if (values.length === 0) return { pass: false, measured: null };
    const measured = statistic === "mean" ? both(meanOf(values)) : rangeOf(values);
    const [least, greatest] = measured;
    const [first, second] = bounds as [number, number?];
    const pass =
      comparison === "below"
        ? greatest < first
        : comparison === "above"
          ? least > first
          : least >= first && greatest <= second!;
    return { pass, measured };
  }

  dump(): readonly Sample[] {
    return this.#samples;
  }

  /** The same by line. */
  get lines(): Map<string, Point[]> {
    const lines = new Map<string, Point[]>();
    for (const { round, values } of this.#samples) {
      for (const [line, value] of values) {
        const points = lines.get(line);
        if (points === undefined) lines.set(line, [{ round, value }]);
        else points.push({ round, value });
      }
    }
    return lines;
  }
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function rangeOf(values: readonly number[]): [number, number] {
  // Not by spreading: there may be more values than a call takes arguments.
  return values.reduce<[number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Infinity, -Infinity],
  );
}

const both = (value: number): [number, number] => [value, value];

/** A sample of one line. */
export function single(round: number, name: string, value: number): Sample {
  return { round, values: new Map([[name, value]]) };
}
