import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ranOn } from "../ran-on.ts";
import { type BuyerOptions, type BuyerResult, buyerResultSchema, type Sellers, sellersSchema } from "./options.ts";

const SELLERS = fileURLToPath(new URL("sellers.ts", import.meta.url));
const BUYER = fileURLToPath(new URL("buyer.ts", import.meta.url));
const PROCESSES = 2;

export type Quotes = Awaited<ReturnType<typeof measureQuotes>>;

/** How long a broadcaster takes to choose among many orchestrators, when it knows nobody and when it knows all. */
export async function measureQuotes(orchestrators: number) {
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  const each = Math.ceil(orchestrators / PROCESSES);
  const running = Array.from({ length: PROCESSES }, (_, i) => {
    const count = Math.min(each, orchestrators - i * each);
    return spawn(process.execPath, [SELLERS, JSON.stringify({ first: i * each + 1, count })], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
  });
  try {
    const sellers = (await Promise.all(running.map(sellersOf))).flat();
    const buy = async (mode: BuyerOptions["mode"]): Promise<BuyerResult> => {
      const argument = JSON.stringify({ path: path.join(dir, "node.sqlite"), mode, sellers });
      return buyerResultSchema.parse(
        JSON.parse((await promisify(execFile)(process.execPath, [BUYER, argument])).stdout),
      );
    };
    const cold = await buy("cold");
    const warm = await buy("warm");
    if (cold.source !== "registry" || cold.candidates !== orchestrators)
      throw new Error(`${cold.candidates} of ${orchestrators} quoted, found by ${cold.source}`);
    if (warm.source !== "kept") throw new Error(`the warm start was from ${warm.source}`);
    return {
      quote1000ColdSeconds: Number((cold.firstMs / 1_000).toFixed(3)),
      quote1000WarmMs: Number(warm.medianMs.toFixed(2)),
      warmFirstMs: Number(warm.firstMs.toFixed(2)),
      coldCpuSeconds: Number((cold.medianCpuMs / 1_000).toFixed(3)),
      warmCpuMs: Number(warm.medianCpuMs.toFixed(2)),
      orchestrators,
      ranOn: { ...ranOn(), load: os.loadavg()[0] ?? 0 },
    };
  } finally {
    await Promise.all(running.map(end));
    await rm(dir, { recursive: true });
  }
}

async function sellersOf({ stdout }: ChildProcess): Promise<Sellers> {
  for await (const line of createInterface({ input: stdout! })) return sellersSchema.parse(JSON.parse(line));
  throw new Error("the orchestrators ended before they had begun");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  await exited;
}
