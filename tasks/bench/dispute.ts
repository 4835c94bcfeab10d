import { mkdir } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ranOn } from "./ran-on.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** Of the pictures that are compared {pixels}, and {ms} how often a node looks for a new block. */
const SETTING = { width: 1_280, height: 720, pollMs: 1_000 };
/** {ms} */
const PATIENCE = 900_000;

/** `npx hardhat bench dispute`: the exit status is 1 if a dispute takes more time or an agent more memory than the goal. */
export default async function bench(
  { steps, rounds }: { steps: number; rounds: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<boolean> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // They read what the build has made.
  const { playBoth } = await import("./dispute/play.ts");
  const { GOAL, isWithinGoal, TABLE_HEAD, tableRows } = await import("./dispute/result.ts");
  const { drawTable } = await import("./gas/table.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const say = rounds ? (text: string) => void process.stdout.write(`${text}\n`) : () => undefined;
  const played = await playBoth(hre.network, { ...SETTING, steps, signal: AbortSignal.timeout(PATIENCE), say });
  const load = Math.round(os.loadavg()[0]! * 10) / 10;
  const result = { ...played, goal: GOAL, ranOn: { ...ranOn(), load } };
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}dispute.json`, result);
  process.stdout.write(`${drawTable(TABLE_HEAD, tableRows(result))}\n`);
  const pass = isWithinGoal(result);
  if (!pass) process.exitCode = 1;
  return pass;
}
