import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AUDITABLE_X264_CORE } from "../ffmpeg.ts";
import type { FfmpegRunner, Rendition } from "../interface.ts";
import { ladderArguments } from "../ladder.ts";
import { inPrivateDirectory } from "../private-directory.ts";
import { codingHash } from "./coding.ts";
import type { Reference } from "./interface.ts";

/** Pictures that every ffmpeg draws alike. */
const KNOWN_SOURCE = "testsrc2=size=192x108:rate=25:duration=0.8";
const TIMEOUT_MS = 30_000;

/** What the auditable profile makes of them (LIP-6): `codingHash`, {hex}. */
export const KNOWN: readonly { readonly asked: Rendition; readonly coding: string }[] = [
  {
    asked: { name: "veryfast", width: 128, height: 72, encoder: "auditable", preset: "veryfast", crf: 23 },
    coding: "a7ca1a917fc3237cfb273c801bb67009e828fbed159174c864fad5c83f5ba5ff",
  },
  {
    asked: { name: "medium", width: 96, height: 54, encoder: "auditable", preset: "medium", crf: 28 },
    coding: "e55c9c9524b51a9a9601a1315eaa0991810e8db5badabca98f8f2deeb8f745a7",
  },
];

/**
 * Tries the binary with known pictures, once, when it is asked for the first time. Of another x264 core it says no without a trial, since some pictures prove
 * little about others: a core that makes the same bits everywhere is a change of the profile's text.
 */
export function createReference(runner: FfmpegRunner): Reference {
  let tried: Promise<boolean> | null = null;
  return () => {
    if (runner.ffmpeg.x264Core !== AUDITABLE_X264_CORE) return Promise.resolve(false);
    tried ??= makesKnown(runner).catch((error: unknown) => {
      // A machine that was too busy is asked again.
      tried = null;
      throw error;
    });
    return tried;
  };
}

async function makesKnown(runner: FfmpegRunner): Promise<boolean> {
  const made = await encodeKnown(runner);
  return KNOWN.every(({ coding }, index) => coding === made[index]);
}

/** {hex} `codingHash` of each of `KNOWN`, as this binary makes it. */
export function encodeKnown(runner: FfmpegRunner): Promise<string[]> {
  return inPrivateDirectory(async (directory) => {
    const outputs = KNOWN.map((_, index) => join(directory, `${index}.ts`));
    const renditions = KNOWN.map(({ asked }) => asked);
    await runner.run({
      ...ladderArguments(renditions, { input: "", outputs }, null),
      inputs: [{ source: KNOWN_SOURCE, options: ["-f", "lavfi"] }],
      timeoutMs: TIMEOUT_MS,
    });
    return Promise.all(outputs.map(async (path) => codingHash(await readFile(path))));
  });
}
