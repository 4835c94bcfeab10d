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
  let isShown = args.json;
  const show = (executed: Executed): void => {
    if (!isShown) printExecuted(executed);
    isShown = true;
  };
  const simulation = await rehearse(hre, opened, args, show);
  // If a call has failed, nothing was played.
  show(simulation);
  if (args.json) printJson(simulation);
  else printVerdict(opened.id, simulation);
  if (simulation.problems.length > 0) process.exitCode = 1;
  return simulation;
}

type Executed = Pick<Simulation, "calls" | "changes">;

function printExecuted({ calls, changes }: Executed): void {
  calls.forEach(({ says, call, gasUsed }, i) =>
    print(`${i + 1}. ${says}\n   ${call}\n   ${gasUsed.toLocaleString("en")} gas`),
  );
  if (changes.length > 0)
    printTable(
      ["changed", "from", "to"],
      changes.map(({ subject, before, after }) => [subject, before, after]),
    );
}

function printVerdict(id: string, { scenarios, overlaps, problems }: Simulation): void {
  const seconds = scenarios.reduce((sum, played) => sum + played.seconds, 0);
  const how =
    scenarios.length === 0 ? "no scenario was played" : `${scenarios.length} scenarios in ${seconds.toFixed(0)} s`;
  for (const overlap of overlaps) print(`note: ${overlap}`);
  if (problems.length === 0) print(`${id} is good on a copy of the chain (${how})`);
  else print(`${id} is not good on a copy of the chain (${how}):\n${problems.map((each) => `- ${each}`).join("\n")}`);
}
