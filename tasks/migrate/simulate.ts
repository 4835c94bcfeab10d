import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { simulate } from "../../deploy/governance/simulate.ts";
import type { Simulation } from "../../deploy/governance/simulate.ts";
import { print, printJson, printTable } from "../common/output.ts";
import { fork } from "./fork.ts";
import { open } from "./open.ts";
import type { MigrateArguments } from "./open.ts";

export default async function (
  { migration, dir, json }: MigrateArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Simulation> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await open(hre, migration, dir);
  const simulation = await simulate({ ...opened, ...(await fork(hre)) });
  if (json) printJson(simulation);
  else printSimulation(opened.id, simulation);
  if (simulation.problems.length > 0) process.exitCode = 1;
  return simulation;
}

export function printSimulation(id: string, { calls, changes, smoke, problems }: Simulation): void {
  calls.forEach(({ says, call, gasUsed }, i) =>
    print(`${i + 1}. ${says}\n   ${call}\n   ${gasUsed.toLocaleString("en")} gas`),
  );
  if (changes.length > 0)
    printTable(
      ["changed", "from", "to"],
      changes.map(({ subject, before, after }) => [subject, before, after]),
    );
  if (smoke.length > 0)
    printTable(
      ["afterwards", ""],
      smoke.map(({ action, problem }) => [action, problem === null ? "works" : "FAILS"]),
    );
  if (problems.length === 0) print(`${id} is good on a copy of the chain`);
  else print(`${id} is not good on a copy of the chain:\n${problems.map((each) => `- ${each}`).join("\n")}`);
}
