import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

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

  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    const report = await runDemo({ ...args, signal: stop.signal }, { startChain: () => startChain(hre.network), say });
    say(`\n${renderReport(report, process.stdout.isTTY)}`);
    if (args.report !== undefined) await writeJson(args.report, report);
    say(`\nBare ffmpeg was: ${report.bareFfmpegCommand}`);
    say(`\nWatch it: play ${args.out}/hls/index.m3u8. What each process said: ${args.out}/nodes/*/log.ndjson.`);
    for (const failure of report.failures) process.stderr.write(`FAILED: ${failure}\n`);
    if (report.failures.length > 0) process.exitCode = 1;
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    const { code } = reason as { code?: unknown };
    process.stderr.write(`demo: ${typeof code === "string" ? `${code}: ` : ""}${(reason as Error).message}\n`);
    process.exitCode = stop.signal.aborted ? 130 : 1;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
