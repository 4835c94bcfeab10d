import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeJson } from "../../offchain/node/stream-report.ts";
import { drawTable } from "./gas/table.ts";
import { ranOn } from "./ran-on.ts";
import { TABLE_HEAD, tableRows, workerResultSchema } from "./vm/result.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));
const WORKER = fileURLToPath(new URL("vm/worker.ts", import.meta.url));

/** `npx hardhat bench vm`: the engines of the machine on one program, in a process of their own. */
export default async function bench({ steps }: { steps: number }): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [WORKER, JSON.stringify({ steps })]);
  const result = {
    ...workerResultSchema.parse(JSON.parse(stdout)),
    ranOn: ranOn(),
  };
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}vm.json`, result);
  process.stdout.write(`${drawTable(TABLE_HEAD, tableRows(result))}\n`);
}
