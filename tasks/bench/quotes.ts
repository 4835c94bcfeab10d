import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeJson } from "../../offchain/node/stream-report.ts";
import { drawTable } from "./gas/table.ts";
import { measureQuotes } from "./quotes/measure.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** `npx hardhat bench quotes` */
export default async function bench({ orchestrators }: { orchestrators: number }): Promise<void> {
  const result = await measureQuotes(orchestrators);
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}quotes.json`, result);
  const rows = [
    ["nobody is known: all are asked and checked", `${result.quote1000ColdSeconds} s`],
    ["all are known: chosen from the store, in the first stream of a process", `${result.warmFirstMs} ms`],
    ["the same later", `${result.quote1000WarmMs} ms`],
  ];
  process.stdout.write(`${drawTable([`${orchestrators} orchestrators`, "until there are sessions"], rows)}\n`);
}
