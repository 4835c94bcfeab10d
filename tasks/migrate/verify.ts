import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { verify } from "../../deploy/governance/verify.ts";
import { print, printJson } from "../common/output.ts";
import { open } from "./open.ts";
import type { MigrateArguments } from "./open.ts";

export default async function (
  { migration, dir, json }: MigrateArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<readonly string[]> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const opened = await open(hre, migration, dir);
  const problems = await verify(opened);
  if (json) printJson({ migration: opened.id, problems });
  else if (problems.length === 0) print(`the chain is as ${opened.id} promised`);
  else print(`the chain is not as ${opened.id} promised:\n${problems.map((each) => `- ${each}`).join("\n")}`);
  if (problems.length > 0) process.exitCode = 1;
  return problems;
}
