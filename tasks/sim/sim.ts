import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { findScenario, readScenarios } from "../../sim/engine/load.ts";
import { MAX_SEED } from "../../sim/engine/scenario.ts";
import { simulate } from "../../sim/engine/simulate.ts";
import { accountOf } from "../../sim/report/summary.ts";
import { writeReport } from "../../sim/report/write.ts";
import { printJson, printTable } from "../common/output.ts";
import { expectationRows, observationRows, wrap } from "./table.ts";

interface Arguments {
  readonly scenario: string;
  /** Below zero: the scenario's own. */
  readonly seed: number;
  readonly out: string;
  readonly json: boolean;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** `npx hardhat sim`: the exit status is 1 if an expectation fails. */
export default async function sim(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<boolean> {
  let pass = false;
  try {
    pass = args.scenario === "" ? list(args.json) : await run(args, hre.config.paths.root);
  } catch (error) {
    process.stderr.write(`sim: ${(error as Error).message}\n`);
  }
  if (!pass) process.exitCode = 1;
  return pass;
}

async function run(args: Arguments, root: string): Promise<boolean> {
  const scenario = findScenario(args.scenario);
  const seed = args.seed < 0 ? scenario.seed : args.seed;
  if (seed > MAX_SEED) throw new Error(`the seed must be at most ${MAX_SEED}, ${seed} is not`);
  const simulation = simulate(scenario, seed);
  const out = args.out === "" ? path.join("out", "sim", `${scenario.name}-${seed}`) : args.out;
  const files = await writeReport(simulation, path.resolve(root, out));

  if (args.json) printJson(accountOf(simulation));
  else {
    say(`${scenario.description}\n\n${wrap(scenario.expectation)}\n`);
    printTable(
      ["observation", "run", "start", "line", "first", "least", "mean", "greatest", "last"],
      observationRows(simulation),
    );
    printTable(["expectation", "run", "start", "expected", "found", "verdict"], expectationRows(simulation));
    say(`\n${files.map((file) => path.relative(process.cwd(), file)).join("\n")}`);
  }
  return simulation.outcomes.every(({ pass }) => pass);
}

function list(json: boolean): true {
  const scenarios = [...readScenarios().values()].map(({ name, description }) => ({ name, description }));
  if (json) printJson(scenarios);
  else {
    const rows = scenarios.map(({ name, description }) => [name, description]);
    printTable(["scenario", "question"], rows);
  }
  return true;
}
