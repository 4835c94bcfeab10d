import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { DemoReport } from "../demo/report.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

/** `npx hardhat bench demo`: each run times both sides, so that a machine's changing speed hits both; the median ratio is what counts. */
export default async function bench(
  { runs, seconds, input }: { runs: number; seconds: number; input: string | undefined },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  const { runDemo } = await import("../demo/run.ts");
  const { startChain } = await import("../devnet/chain.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");

  const reports: DemoReport[] = [];
  for (let run = 1; run <= runs; run++) {
    const options = {
      input,
      seconds,
      out: "out/bench",
      orchestrators: 2,
      realtime: false,
      signal: new AbortController().signal,
    };
    const report = await runDemo(options, { startChain: () => startChain(hre.network), say: () => undefined });
    if (report.failures.length > 0) throw new Error(report.failures.join("; "));
    reports.push(report);
    const { wallSeconds, bareFfmpegSeconds, ratio } = report;
    process.stdout.write(
      `run ${run}: ${wallSeconds.toFixed(2)} s, bare ffmpeg ${bareFfmpegSeconds.toFixed(2)} s, ratio ${ratio.toFixed(3)}\n`,
    );
  }

  const ratios = reports.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const [first] = reports;
  const result = {
    wallRatio: { median: ratios[ratios.length >> 1], min: ratios[0], max: ratios.at(-1) },
    runs: reports.map(({ wallSeconds, bareFfmpegSeconds }) => ({ wallSeconds, bareFfmpegSeconds })),
    input: input === undefined ? `generated, ${seconds} s` : basename(input),
    ladder: first?.ladder,
    ffmpeg: first?.ffmpeg.version,
    cores: availableParallelism(),
  };
  await mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}demo.json`, result);
  process.stdout.write(`median ratio ${result.wallRatio.median?.toFixed(3)}\n`);
}
