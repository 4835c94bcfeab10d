import { mkdir } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Measured, Part } from "./pipeline/measure.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** `npx hardhat bench pipeline`: what the network adds to ffmpeg. With `only`, prints these parts and keeps nothing. */
export default async function bench({ only }: { only: string }, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // Only now are the artifacts there that these need.
  const { measure, PARTS } = await import("./pipeline/measure.ts");
  const { findFfmpeg } = await import("./pipeline/network.ts");
  const { PIPELINE_HEAD, pipelineRows, summarize } = await import("./pipeline/report.ts");
  const { FULL } = await import("./pipeline/sizes.ts");
  const { startChain } = await import("../devnet/chain.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const { drawTable } = await import("./gas/table.ts");
  const { ranOn } = await import("./ran-on.ts");

  const say = (text: string) => void process.stdout.write(`${text}\n`);
  const parts = new Set(only === "" ? PARTS : PARTS.filter((part) => only.split(",").includes(part)));
  const load = os.loadavg()[0] ?? 0;
  const measured = await measure(parts, FULL, { startChain: () => startChain(hre.network), say });
  if (!isComplete(measured, PARTS)) return say(JSON.stringify(measured, null, 2));

  const summary = summarize(measured, { ...ranOn(), ffmpeg: (await findFfmpeg()).version, load });
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}pipeline.json`, summary);
  say(drawTable(PIPELINE_HEAD, pipelineRows(summary)));
}

function isComplete(measured: Partial<Measured>, parts: readonly Part[]): measured is Measured {
  return parts.every((part) => measured[part] !== undefined);
}
