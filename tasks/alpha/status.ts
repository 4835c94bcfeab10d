import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { preparedPlan, upgradeCalls } from "../../deploy/alpha/upgrade.ts";
import { printJson, printTable } from "../common/output.ts";
import { open } from "./open.ts";

interface Row {
  readonly description: string;
  readonly done: boolean;
}

export default async function (
  { dir, json }: { readonly dir: string; readonly json: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<Row[]> {
  const opened = await open(hre, dir);
  const plan = await preparedPlan(opened.provider, opened.dir);
  const rows: Row[] = [];
  for (const { description, isDone } of await upgradeCalls(opened.provider, plan, opened.parameters))
    rows.push({ description, done: await isDone(opened.provider) });
  if (json) printJson(rows);
  else
    printTable(
      ["call", ""],
      rows.map(({ description, done }) => [description, done ? "done" : "to do"]),
    );
  return rows;
}
