// A process that plays one side of disputes as a node does, until it is told to end. Argument: `Orders` as JSON. Output: the agent's log, and
// at the end what it took.
import { readFileSync } from "node:fs";
import { watcherSchema } from "../../offchain/config/schema.ts";
import { openChain } from "../../offchain/eth/chain.ts";
import { openChallenger, openDefender, openSegments } from "../../offchain/node/disputes.ts";
import { openNodeStore } from "../../offchain/node/store.ts";
import { createLog } from "../../offchain/observability/log.ts";
import type { Case } from "../../offchain/vm/start.ts";
import type { DisputeScene } from "./disputes.ts";
import { lyingRun } from "./lie.ts";

export interface Orders {
  readonly side: "challenger" | "defender";
  readonly connection: ReturnType<DisputeScene["connection"]>;
  readonly keyFile: string;
  readonly dataDir: string;
  /** Who is defended. */
  readonly orchestrator: string;
  /** Whether it lies in the second half of each run. */
  readonly isLiar: boolean;
}

/** {bytes} Most memory that this process has ever had; what `getrusage` says begins with that of the process that has started it. */
function peakMemory(): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1_024;
}

async function main(): Promise<void> {
  const { side, connection, keyFile, dataDir, orchestrator, isLiar } = JSON.parse(process.argv[2] ?? "") as Orders;
  const log = createLog(side, "info");
  const told = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"] as const) process.on(signal, told.resolve);

  const chain = await openChain(connection, keyFile);
  const store = await openNodeStore(dataDir, chain);
  const settings = { chain: connection, dataDir, disputes: watcherSchema.shape.disputes.parse({}) };
  const segments = await openSegments(settings, { chain, store, log });
  const lie = { start: (judged: Case) => lyingRun(judged, side === "challenger") };
  const modules = { chain, store, segments, log, ...(isLiar ? lie : {}) };
  const agent =
    side === "challenger"
      ? openChallenger(settings, modules)
      : openDefender(settings, { orchestrators: [orchestrator], patience: 0 }, modules);
  log.info("ready");
  await told.promise;
  await agent.close();
  store.close();
  chain.close();
  const { user, system } = process.cpuUsage();
  log.info({ cpuSeconds: (user + system) / 1e6, peakBytes: peakMemory() }, "ended");
  if (process.connected) process.disconnect();
}

await main();
