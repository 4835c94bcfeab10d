import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Simulation } from "../engine/simulate.ts";
import type { ObservationName } from "../observations/index.ts";
import { csvOf } from "./csv.ts";
import { svgOf } from "./plot.ts";
import { accountOf } from "./summary.ts";

/** Writes a simulation's account, its observations and its plots; the answer is the files. */
export async function writeReport(simulation: Simulation, directory: string): Promise<string[]> {
  const names = new Set<ObservationName>(simulation.lives.flatMap(({ observations }) => [...observations.keys()]));
  const files = new Map([["account.json", `${JSON.stringify(accountOf(simulation), null, 2)}\n`]]);
  for (const name of names) files.set(`${name}.csv`, csvOf(simulation, name));
  if (simulation.scenario.plots.length > 0) files.set("plot.svg", await svgOf(simulation));

  await mkdir(directory, { recursive: true });
  for (const [file, text] of files) await writeFile(path.join(directory, file), text);
  return [...files.keys()].map((file) => path.join(directory, file));
}
