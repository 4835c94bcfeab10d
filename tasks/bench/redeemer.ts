import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** {gas} Most that a ticket may cost on average. */
const GOAL = 9_000;
/** {ms} */
const PATIENCE = 1_800_000;

/** `npx hardhat bench redeemer`: the exit status is 1 if a winner is not paid exactly once, or if one costs more than the goal. */
export default async function bench(
  { winners, senders }: { winners: number; senders: number },
  hre: HardhatRuntimeEnvironment,
): Promise<boolean> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // They read what the build has made.
  const { clearQueue } = await import("./redeemer/queue.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const result = await clearQueue(hre.network, { winners, senders, signal: AbortSignal.timeout(PATIENCE) });
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}redeemer.json`, result);

  const { lost, gasPerTicket, transactions, seconds, rpcCalls } = result;
  process.stdout.write(
    `${winners} winners of ${senders} senders in ${transactions} transactions, ${seconds} s, ${rpcCalls} calls: ` +
      `${gasPerTicket} gas a ticket (goal ${GOAL}), ${lost} lost\n`,
  );
  const pass = lost === 0 && gasPerTicket <= GOAL;
  if (!pass) process.exitCode = 1;
  return pass;
}
