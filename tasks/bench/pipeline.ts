import { mkdir, readFile } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Stamped } from "./pipeline/report.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** `npx hardhat bench pipeline`: what the network adds to ffmpeg. With `only`, measures these parts anew, and keeps the others as they are. */
export default async function bench({ only }: { only: string }, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // Only now are the artifacts there that these need.
  const { measure, PARTS } = await import("./pipeline/measure.ts");
  const { PIPELINE_HEAD, pipelineRows, summarize } = await import("./pipeline/report.ts");
  const { FULL } = await import("./pipeline/sizes.ts");
  const { startChain } = await import("../devnet/chain.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const { drawTable } = await import("./gas/table.ts");
  const { ranOn } = await import("./ran-on.ts");

  const say = (text: string) => void process.stdout.write(`${text}\n`);
  const wanted = PARTS.filter((part) => only === "" || only.split(",").includes(part));
  const kept = only === "" ? {} : (JSON.parse(await readFile(`${RESULTS}pipeline.json`, "utf8")) as Stamped);
  const modules = { startChain: () => startChain(hre.network), say };
  const parts: Record<string, unknown> = { ...kept };
  for (const part of wanted) {
    const stamp = { ...ranOn(), load: os.loadavg()[0] ?? 0 };
    const measured = await measure(new Set([part]), FULL, modules);
    parts[part] = { ...measured[part], ranOn: stamp };
  }

  const summary = summarize(parts as unknown as Stamped);
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}pipeline.json`, summary);
  say(drawTable(PIPELINE_HEAD, pipelineRows(summary)));
}
