import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Simulation } from "../../deploy/governance/simulate.ts";
import { print, printJson, printTable } from "../common/output.ts";
import { open } from "./open.ts";
import type { MigrateArguments } from "./open.ts";
import { rehearse } from "./rehearse.ts";

export interface SimulateArguments extends MigrateArguments {
  readonly suite: string;
}

export default async function (args: SimulateArguments, hre: HardhatRuntimeEnvironment): Promise<Simulation> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await open(hre, args.migration, args.dir);
  const simulation = await rehearse(hre, opened, args);
  if (args.json) printJson(simulation);
  else printSimulation(opened.id, simulation);
  if (simulation.problems.length > 0) process.exitCode = 1;
  return simulation;
}

function printSimulation(id: string, { calls, changes, scenarios, problems }: Simulation): void {
  calls.forEach(({ says, call, gasUsed }, i) =>
    print(`${i + 1}. ${says}\n   ${call}\n   ${gasUsed.toLocaleString("en")} gas`),
  );
  if (changes.length > 0)
    printTable(
      ["changed", "from", "to"],
      changes.map(({ subject, before, after }) => [subject, before, after]),
    );
  print(scenariosIn(scenarios));
  if (problems.length === 0) print(`${id} is good on a copy of the chain`);
  else print(`${id} is not good on a copy of the chain:\n${problems.map((each) => `- ${each}`).join("\n")}`);
}

/** How many were played, and how long that took. */
function scenariosIn(scenarios: Simulation["scenarios"]): string {
  if (scenarios.length === 0) return "no scenario was played";
  const failed = scenarios.filter(({ problem }) => problem !== null).length;
  const seconds = scenarios.reduce((sum, played) => sum + played.seconds, 0);
  return `${scenarios.length} scenarios in ${seconds.toFixed(0)} s, ${failed === 0 ? "all work" : `${failed} fail`}`;
}
