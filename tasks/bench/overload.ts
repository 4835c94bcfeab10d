import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { untilInterrupted } from "../demo/interrupt.ts";
import type { Outcome } from "./overload/summary.ts";
import { ranOn } from "./ran-on.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/overload.json", import.meta.url));

interface Arguments {
  readonly seconds: number;
  readonly loads: string;
  readonly gateways: number;
  readonly keep: string;
}

/** `npx hardhat bench overload` */
export default async function bench(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // They read what the build has made.
  const { createRunner, resolveFfmpeg } = await import("../../offchain/media/ffmpeg.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const { soakMaterial } = await import("./failures/source.ts");
  const { drawTable } = await import("./gas/table.ts");
  const { CAPACITY, DEADLINE_MS, runOverload } = await import("./overload/run.ts");
  const say = (text: string) => void process.stdout.write(`${text}\n`);

  await untilInterrupted("overload", async (signal) => {
    const ffmpeg = await resolveFfmpeg();
    const outcomes: Outcome[] = [];
    for (const load of args.loads.split(",").map(Number)) {
      const dir = await mkdtemp(join(os.tmpdir(), "streamflow-overload-"));
      try {
        const material = soakMaterial(createRunner(ffmpeg), dir, 1);
        const options = { dir, load, seconds: args.seconds, gateways: args.gateways, signal };
        outcomes.push(await runOverload(options, { network: hre.network, ffmpeg, material }));
        say(
          drawTable(
            HEAD,
            outcomes.map((outcome) => rowOf(outcome, CAPACITY)),
          ),
        );
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }
    if (args.keep !== "") {
      const before = await readFile(RESULTS, "utf8").then(
        (text) => JSON.parse(text) as object,
        () => ({}),
      );
      const load = Number(os.loadavg()[1]!.toFixed(1));
      const of = {
        capacityPerSecond: CAPACITY,
        deadlineMs: DEADLINE_MS,
        seconds: args.seconds,
        gateways: args.gateways,
      };
      await writeJson(RESULTS, { ...before, [args.keep]: { ...of, outcomes, ranOn: { ...ranOn(), load } } });
    }
    return [];
  });
}

const HEAD = [
  ...["load", "offered/s", "goodput/s", "of capacity", "whole streams", "bare", "source only", "refused"],
  ...["delivered ms", "fallback ms", "recovery s", "tickets", "sold"],
];

function rowOf(outcome: Outcome, capacity: number): string[] {
  const { load, offeredPerSecond, goodputPerSecond, wholeStreams, bareStreams, streams, sourceOnly, refused } = outcome;
  const { deliveredMedianMs, fallbackMedianMs, recoverySeconds, ticketsTaken, segmentsSold } = outcome;
  return [
    ...[`${load}x`, String(offeredPerSecond), goodputPerSecond.toFixed(2)],
    `${((100 * goodputPerSecond) / Math.min(capacity, offeredPerSecond)).toFixed(0)} %`,
    ...[`${wholeStreams}/${streams}`, String(bareStreams), String(sourceOnly), String(refused)],
    ...[deliveredMedianMs, fallbackMedianMs, recoverySeconds].map((value) => (value === null ? "-" : String(value))),
    ...[String(ticketsTaken), String(segmentsSold)],
  ];
}
