import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { untilInterrupted } from "./interrupt.ts";

interface Arguments {
  readonly input: string | undefined;
  readonly out: string;
  readonly orchestrators: number;
  readonly seconds: number;
  readonly realtime: boolean;
  readonly report: string | undefined;
}

/** `npx hardhat demo` */
export default async function demo(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // Only now are the artifacts there that these need.
  const { runDemo } = await import("./run.ts");
  const { renderReport } = await import("./table.ts");
  const { startChain } = await import("../devnet/chain.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");

  await untilInterrupted("demo", async (signal) => {
    const say = (text: string) => void process.stdout.write(`${text}\n`);
    const report = await runDemo({ ...args, signal }, { startChain: () => startChain(hre.network), say });
    say(`\n${renderReport(report, process.stdout.isTTY)}`);
    if (args.report !== undefined) await writeJson(args.report, report);
    say(`\nBare ffmpeg was: ${report.bareFfmpegCommand}`);
    say(`\nWatch it: play ${args.out}/hls/index.m3u8. What each process said: ${args.out}/nodes/*/log.ndjson.`);
    return report.failures;
  });
}
