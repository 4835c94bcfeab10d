import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Written into a directory that a demo may empty. */
const MARKER = ".streamflow-demo";
/** What demos write into it, but for generated clips. */
const WRITTEN = ["nodes", "hls", "accused", "live", "bare-ffmpeg", "stream.json", "broadcaster-error.txt"];

/** Makes the directory, or removes what an earlier demo has left in it. @throws Error when it is somebody else's */
export async function emptyOwnDirectory(out: string): Promise<void> {
  const marker = join(out, MARKER);
  const existing = await readFile(marker, "utf8").catch(() => null);
  if (existing === null) {
    await mkdir(out, { recursive: true });
    if ((await readdir(out)).length > 0)
      throw new Error(`${out} is not empty and not from an earlier demo; name another --out`);
    await writeFile(marker, "Made by the demo; its next run empties this directory.\n");
    return;
  }
  for (const name of WRITTEN) await rm(join(out, name), { recursive: true, force: true });
}
