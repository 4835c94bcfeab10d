import { z } from "zod";
import { SIZE_GOAL } from "./operations.ts";
import type { Operation } from "./operations.ts";

/** Where everything is measured: few orchestrators, many of them, a long history. */
export const SCENES = {
  n10: { orchestrators: 10, rounds: 20 },
  n10000: { orchestrators: 10_000, rounds: 20 },
  history2000: { orchestrators: 10, rounds: 2_000 },
} as const;

export type SceneName = keyof typeof SCENES;

/** By how much an operation's costs may be apart: the series behind growth have a term more or less. */
const TOLERANCE = 0.02;

const gas = z.int().positive();
const resultSchema = z.strictObject({ gas, n10: gas, n10000: gas, history2000: gas, case: z.string() });
export const resultsSchema = z.record(z.string(), resultSchema);
export const sizesSchema = z.record(z.string(), z.int().positive());

/** {gas} Of an operation in each scene; `gas` is the largest. */
export type Result = z.infer<typeof resultSchema>;
export type Results = Record<string, Result>;
export type Numbers = Readonly<Record<string, number>>;

/** Joins what was measured in each scene, in the order of `operations`, which must be all of it. */
export function combine(
  measured: Readonly<Record<SceneName, Numbers>>,
  operations: Readonly<Record<string, Operation>>,
): Results {
  const names = Object.values(measured).flatMap((each) => Object.keys(each));
  const unknown = [...new Set(names)].filter((name) => !(name in operations));
  if (unknown.length > 0) throw new Error(`measured, but not described: ${unknown.join(", ")}`);
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => {
      const of = (scene: SceneName): number => {
        const value = measured[scene][name];
        if (value === undefined) throw new Error(`${name} was not measured in ${scene}`);
        return value;
      };
      const costs = { n10: of("n10"), n10000: of("n10000"), history2000: of("history2000") };
      return [name, { gas: Math.max(...Object.values(costs)), ...costs, case: operation.case }];
    }),
  );
}

/** Whether an operation's costs are further apart than the tolerance. */
export function isUneven({ n10, n10000, history2000 }: Result): boolean {
  const costs = [n10, n10000, history2000];
  return Math.max(...costs) > Math.min(...costs) * (1 + TOLERANCE);
}

/** What differs between numbers that are kept and numbers that were measured now, one line each. */
export function differences(kept: Numbers, now: Numbers): string[] {
  const names = [...new Set([...Object.keys(kept), ...Object.keys(now)])];
  return names
    .filter((name) => kept[name] !== now[name])
    .map((name) => `${name}: kept ${amount(kept[name])}, now ${amount(now[name])}${change(kept[name], now[name])}`);
}

export const GAS_HEAD = ["operation", "n10", "n10000", "history", "goal", "live", ""];

/** One row for each operation, with a mark where a goal is missed or the costs are uneven. */
export function gasRows(results: Results, operations: Readonly<Record<string, Operation>>): string[][] {
  return Object.entries(results).map(([name, result]) => {
    const { goal, live } = operations[name] ?? {};
    const marks = [];
    if (goal !== undefined && result.gas > goal) marks.push(`+${amount(result.gas - goal)}`);
    if (isUneven(result)) marks.push("uneven");
    return [name, ...[result.n10, result.n10000, result.history2000, goal, live].map(amount), marks.join(" ")];
  });
}

export const SIZE_HEAD = ["contract", "bytes", ""];

export function sizeRows(sizes: Numbers): string[][] {
  return Object.entries(sizes).map(([name, size]) => [
    name,
    amount(size),
    size > SIZE_GOAL ? `+${amount(size - SIZE_GOAL)}` : "",
  ]);
}

function amount(value: number | undefined): string {
  return value === undefined ? "–" : value.toLocaleString("en");
}

function change(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined) return "";
  return ` (${after > before ? "+" : "−"}${amount(Math.abs(after - before))})`;
}
