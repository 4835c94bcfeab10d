import type { Simulation } from "../engine/simulate.ts";
import type { ObservationName } from "../observations/index.ts";
import { rounded } from "./summary.ts";

/** One observation of every life, a row for each round. */
export function csvOf({ lives }: Simulation, name: ObservationName): string {
  const samples = lives.flatMap(({ start, run, observations }) =>
    observations
      .get(name)!
      .dump()
      .map((sample) => ({ start, run, ...sample })),
  );
  const lines = [...new Set(samples.flatMap(({ values }) => [...values.keys()]))];
  const rows = samples.map(({ start, run, round, values }) => [
    start,
    run,
    round,
    ...lines.map((line) => {
      const value = values.get(line);
      return value === undefined ? "" : rounded(value);
    }),
  ]);
  return [["start", "run", "round", ...lines], ...rows].map((cells) => `${cells.map(cellOf).join(",")}\n`).join("");
}

/** Source: RFC 4180. */
function cellOf(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
