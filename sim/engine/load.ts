import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import JSON5 from "json5";
import { z } from "zod";
import { scenarioSchema, type Scenario } from "./scenario.ts";

const DIRECTORY = path.join(import.meta.dirname, "..", "scenarios");

/** A scenario's text, checked; `file` is what an error calls it. */
export function parseScenario(text: string, file: string): Scenario {
  let data: unknown;
  try {
    data = JSON5.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON5: ${(error as Error).message}`, { cause: error });
  }
  const parsed = scenarioSchema.safeParse(data);
  if (!parsed.success) throw new Error(`${file} is not a scenario:\n${z.prettifyError(parsed.error)}`);
  const name = path.basename(file, ".json5");
  if (parsed.data.name !== name) throw new Error(`${file} is named ${parsed.data.name} inside`);
  return parsed.data;
}

function readScenario(file: string): Scenario {
  return parseScenario(readFileSync(file, "utf8"), path.basename(file));
}

/** All scenarios, by name. */
export function readScenarios(): Map<string, Scenario> {
  const files = readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(".json5"))
    .sort();
  const scenarios = files.map((file) => readScenario(path.join(DIRECTORY, file)));
  return new Map(scenarios.map((scenario) => [scenario.name, scenario]));
}

/** The scenario of this name, or of this file if it is one. */
export function findScenario(name: string): Scenario {
  if (name.endsWith(".json5")) return readScenario(name);
  const scenarios = readScenarios();
  const scenario = scenarios.get(name);
  if (scenario === undefined)
    throw new Error(`there is no scenario ${name}; there are ${[...scenarios.keys()].join(", ")}`);
  return scenario;
}
