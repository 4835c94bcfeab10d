import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { print, printJson, printTable } from "../common/output.ts";
import { cellsOf, readOrchestrators } from "./read.ts";
import type { Orchestrator } from "./read.ts";

interface Arguments extends CommonArguments {
  readonly active: boolean;
}

/** `npx hardhat orchestrators list` */
export default async function list(
  { active, dir, json }: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Orchestrator[]> {
  const all = await readOrchestrators(await openContracts(hre, dir));
  const found = all.filter((one) => one.active || !active);
  found.sort((a, b) => (a.totalStake === b.totalStake ? 0 : a.totalStake > b.totalStake ? -1 : 1));
  if (json) printJson(found);
  else if (found.length === 0) print(active ? "no orchestrator is active" : "no orchestrator is registered");
  else {
    const head = ["orchestrator", "state", "stake\n{LPT}", "its own\n{LPT}", "reward\ncut", "fee\nshare"];
    printTable(head, found.map(cellsOf), head.slice(2));
  }
  return found;
}
