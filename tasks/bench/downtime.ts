import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { print, printTable } from "../common/output.ts";
import { NETWORKS } from "./downtime/networks.ts";
import type { Downtime } from "./downtime/run.ts";
import { BLOCK_TIME } from "./downtime/measure.ts";
import { writeJson } from "../../offchain/node/stream-report.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** `npx hardhat bench downtime`: upgrades three alphas, and tells for how long their users could not do what. */
export default async function bench(_: unknown, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  // It reads what the build has made.
  const { measureDowntime } = await import("./downtime/run.ts");
  const networks: Record<string, Downtime> = {};
  for (const extent of NETWORKS) {
    const found = await measureDowntime(hre.network, extent);
    networks[extent.name] = found;
    print(`\n${extent.name}: ${found.orchestrators} orchestrators`);
    printTable(
      ["transaction", "gas"],
      found.steps.map(({ transaction, gas }) => [transaction, gas.toLocaleString("en")]),
      ["gas"],
    );
    printTable(
      ["action", "impossible", "new since"],
      found.gaps.map(({ action, transactions, seconds, since }) => [
        action,
        transactions === 0 ? "never" : seconds === null ? "for ever" : `${transactions} transactions, ${seconds} s`,
        since ?? "",
      ]),
      ["impossible"],
    );
  }
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}downtime.json`, { blockSeconds: BLOCK_TIME, networks });
}
