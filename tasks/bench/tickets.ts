import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeJson } from "../../offchain/node/stream-report.ts";
import { drawTable } from "./gas/table.ts";
import {
  type Options,
  summarize,
  TABLE_HEAD,
  tableRows,
  type WorkerResult,
  workerResultSchema,
} from "./tickets/result.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));
const WORKER = fileURLToPath(new URL("tickets/worker.ts", import.meta.url));

/** WebAssembly shows its rate, and the state of its memory, sooner. */
const MOST_WITH_WASM = 20_000;
const TICKETS_PER_ROUND = 2_000_000;

/** Makes `node-gyp-build` find no native build, as on a platform for which the package holds none. */
const WITHOUT_NATIVE = { npm_config_arch: "none" };

/** `npx hardhat bench tickets`: what a recipient does per CPU second, with native code, with WebAssembly and, for comparison, with ethers. */
export default async function bench({ tickets, senders }: { tickets: number; senders: number }): Promise<void> {
  const rounds = Math.max(2, Math.ceil(tickets / TICKETS_PER_ROUND));
  const native = await run({ tickets, senders, rounds }, {});
  const wasm = await run({ tickets: Math.min(tickets, MOST_WITH_WASM), senders, rounds: 1 }, WITHOUT_NATIVE);
  if (native.curve !== "native") throw new Error("there is no native build of secp256k1 for this platform");
  if (wasm.curve !== "wasm") throw new Error("the native build was used where it should not have been found");

  const result = summarize({ native, wasm, tickets, senders, cpu: os.cpus()[0]?.model ?? "" });
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}tickets.json`, result);
  process.stdout.write(`${drawTable(TABLE_HEAD, tableRows(result))}\n`);
}

async function run(options: Omit<Options, "path">, env: Record<string, string>): Promise<WorkerResult> {
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  try {
    const argument = JSON.stringify({ ...options, path: path.join(dir, "node.sqlite") });
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", WORKER, argument], {
      env: { ...process.env, ...env },
    });
    return workerResultSchema.parse(JSON.parse(stdout));
  } finally {
    await rm(dir, { recursive: true });
  }
}
