import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { untilInterrupted } from "../demo/interrupt.ts";
import { ranOn } from "./ran-on.ts";
import type { Course } from "./soak/vitals.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));

interface Arguments {
  readonly minutes: number;
  readonly streams: number;
  readonly orchestrators: number;
  /** {s} Length of a segment. */
  readonly seconds: number;
  readonly real: boolean;
  readonly keep: boolean;
}

/** {1} */
const GOAL = 0.9999;

/** `npx hardhat bench soak`: the exit status is 1 when memory or file handles grow, or too little is delivered. */
export default async function bench(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // They read what the build has made.
  const { createRunner, resolveFfmpeg } = await import("../../offchain/media/ffmpeg.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const { soakMaterial } = await import("./failures/source.ts");
  const { drawTable } = await import("./gas/table.ts");
  const { runSoak } = await import("./soak/run.ts");
  const say = (text: string) => void process.stdout.write(`${text}\n`);

  await untilInterrupted("soak", async (signal) => {
    const dir = await mkdtemp(join(os.tmpdir(), "streamflow-soak-"));
    try {
      const ffmpeg = await resolveFfmpeg();
      const material = soakMaterial(createRunner(ffmpeg), dir, args.seconds);
      const { minutes, streams, orchestrators, real: isReal } = args;
      const result = await runSoak(
        { dir, minutes, streams, orchestrators, isReal, signal },
        { network: hre.network, ffmpeg, material, say },
      );
      const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
      const inMebibytes = ({ early, late, most }: Course) => [early, late, most].map(mebibytes);
      const rows = result.processes.map(({ name, alive, resident, handles }) => [
        ...[name, mebibytes(alive.early), mebibytes(alive.late), ...inMebibytes(resident)],
        ...[handles.early, handles.late, handles.most].map(String),
        alive.isFlat && resident.isFlat && handles.isFlat ? "flat" : "GROWS",
      ]);
      const head = [
        ...["process", "MiB alive, early", "late", "MiB resident, early", "late", "most"],
        ...["handles, early", "late", "most", ""],
      ];
      say(drawTable(head, rows));
      const { segments, delivered, missing, refused, tookMs } = result;
      say(
        `${segments} segments: ${delivered} delivered, ${missing} without renditions, ${refused} refused; ` +
          `${tookMs.median} ms in the median, p99 ${tookMs.p99}, longest ${tookMs.longest}`,
      );
      if (args.keep) {
        await mkdir(RESULTS, { recursive: true });
        const encoder = isReal ? "ffmpeg" : "stand-in: each distinct segment once by ffmpeg, copies of that afterwards";
        const load = Number(os.loadavg()[1]!.toFixed(1));
        const options = { minutes, streams, orchestrators, material: material.description, encoder };
        await writeJson(`${RESULTS}soak.json`, { ...options, ...result, ranOn: { ...ranOn(), load } });
      }
      const growing = result.processes.flatMap(({ name, alive, resident, handles }) => [
        ...(alive.isFlat ? [] : [`${name} has more and more alive`]),
        ...(resident.isFlat ? [] : [`${name} takes more and more memory`]),
        ...(handles.isFlat ? [] : [`${name} has more and more handles`]),
      ]);
      return [
        ...growing,
        ...(delivered < GOAL * segments ? [`${delivered} of ${segments} segments were delivered`] : []),
      ];
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
}
