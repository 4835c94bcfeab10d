import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { untilInterrupted } from "../demo/interrupt.ts";
import type { Part } from "./failures/result.ts";

const RESULTS = fileURLToPath(new URL("../../test/bench/results/", import.meta.url));
/** Among the clips that may be there. */
const REAL_CLIP = "big-buck-bunny-720p.mp4";

interface Arguments {
  readonly material: string;
  readonly segments: number;
  readonly streams: number;
  readonly orchestrators: number;
  readonly seed: number;
  readonly pace: number;
  readonly kinds: string;
  readonly minutes: number;
  readonly input: string | undefined;
  readonly keep: boolean;
}

/** `npx hardhat bench failures`: the exit status is 1 when anything is lost, doubled, misplaced or bad, or too little delivered. */
export default async function bench(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // They read what the build has made.
  const { createRunner, resolveFfmpeg } = await import("../../offchain/media/ffmpeg.ts");
  const { writeJson } = await import("../../offchain/node/stream-report.ts");
  const { MEDIA } = await import("./cheats/clips.ts");
  const { generateClip } = await import("../demo/input.ts");
  const { FAULTS } = await import("./failures/faults/index.ts");
  const { shortcomings, TABLE_HEAD, tableRows, totalOf } = await import("./failures/result.ts");
  const { runFailures } = await import("./failures/run.ts");
  const { realMaterial, smallMaterial } = await import("./failures/source.ts");
  const { drawTable } = await import("./gas/table.ts");
  const say = (text: string) => void process.stdout.write(`${text}\n`);

  await untilInterrupted("failures", async (signal) => {
    const dir = await mkdtemp(join(tmpdir(), "streamflow-failures-"));
    try {
      const ffmpeg = await resolveFfmpeg();
      const runner = createRunner(ffmpeg);
      const beside = join(MEDIA, REAL_CLIP);
      const clip = args.input ?? (existsSync(beside) ? beside : null);
      const real = async () =>
        clip === null
          ? realMaterial(runner, dir, await generateClip(runner, dir, 30), "a generated clip of 720p30")
          : realMaterial(runner, dir, clip, basename(clip));
      const material = args.material === "real" ? await real() : smallMaterial(runner, dir);
      const wanted = args.kinds === "" ? null : new Set(args.kinds.split(","));
      const faults = FAULTS.filter(({ kind }) => wanted === null || wanted.has(kind));
      const { segments, streams, orchestrators, seed, pace, minutes } = args;
      const limit = minutes === 0 ? {} : { most: minutes * 60 };
      const part = await runFailures(
        { dir, segments, streams, orchestrators, seed, pace: pace / 100, ...limit, signal },
        { network: hre.network, ffmpeg, material, faults, say },
      );
      say(drawTable(TABLE_HEAD, tableRows(part)));
      const { tookMs, overDefaultDeadline, winners, repeats, soldTwice } = part;
      say(
        `${tookMs.median} ms in the median, p99 ${tookMs.p99}, longest ${tookMs.longest}; ${overDefaultDeadline} took more than 8 s. ` +
          `${winners.acknowledged} winners acknowledged, ${winners.redeemed} redeemed, ${winners.lost} lost; ` +
          `${repeats} segments repeated by the encoder, ${soldTwice} tickets took two answers.`,
      );
      if (args.keep) {
        await mkdir(RESULTS, { recursive: true });
        const file = `${RESULTS}failures.json`;
        const known = existsSync(file)
          ? (JSON.parse(await readFile(file, "utf8")) as { readonly parts: Readonly<Record<string, Part>> }).parts
          : {};
        const parts = { ...known, [`${material.name}, seed ${seed}`]: part };
        await writeJson(file, { total: totalOf(Object.values(parts)), parts });
      }
      return shortcomings(part);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
}
