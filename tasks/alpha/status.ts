import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readTransactions } from "../../deploy/alpha/enact.ts";
import { preparedPlan } from "../../deploy/alpha/upgrade.ts";
import { printJson, printTable } from "../common/output.ts";
import { sayPages } from "../common/progress.ts";
import { open } from "./open.ts";

interface Row {
  readonly description: string;
  readonly calls: readonly string[];
  readonly done: boolean;
}

export default async function (
  { dir, json }: { readonly dir: string; readonly json: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<Row[]> {
  const opened = await open(hre, dir);
  const plan = await preparedPlan(opened.provider, opened.dir);
  const rows: Row[] = [];
  const transactions = await readTransactions(opened.provider, plan, opened.parameters, sayPages());
  for (const { description, calls, isDone } of transactions) {
    const done = await isDone(opened.provider);
    rows.push({ description, calls: calls.map((call) => call.description), done });
  }
  if (json) printJson(rows);
  else
    printTable(
      ["transaction", ""],
      rows.flatMap(({ description, calls, done }) => [
        [description, done ? "done" : "to do"],
        ...calls.map((call) => [`  ${call}`, ""]),
      ]),
    );
  return rows;
}
