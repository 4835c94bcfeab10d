import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import type { FfmpegInfo, IngestPlan, MediaInput, Rendition } from "../../offchain/media/interface.ts";
import { bareLadderCommand } from "../../offchain/media/cut.ts";

const run = promisify(execFile);

export interface Baseline {
  /** The command as a shell would take it. */
  readonly command: string;
  readonly seconds: number;
}

/** Times bare ffmpeg making the same ladder of the whole clip: one process, the same encoder settings. */
export async function timeBareFfmpeg(
  ffmpeg: FfmpegInfo,
  input: MediaInput,
  plan: IngestPlan,
  renditions: readonly Rendition[],
  outDir: string,
): Promise<Baseline> {
  await mkdir(outDir, { recursive: true });
  const args = bareLadderCommand(input, plan, renditions, outDir);
  const begun = performance.now();
  await run(ffmpeg.path, args, { maxBuffer: 1 << 24 });
  const seconds = (performance.now() - begun) / 1000;
  return { command: [ffmpeg.path, ...args].map(quote).join(" "), seconds };
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
