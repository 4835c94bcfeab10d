import { execFile } from "node:child_process";
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Fault } from "./interface.ts";

/** {bytes} Less is not given by a file system. */
const LEAST = 4_096;

/** Its store's file system has no byte left. */
export const diskFull: Fault = {
  kind: "disk full",
  seconds: [5, 20],
  isPossible: ({ disk }) => disk !== null,
  begin: async ({ disk }) => {
    const ballast = join(disk!, "ballast");
    await mkdir(ballast);
    await fill(disk!, ballast);
    return () => rm(ballast, { recursive: true });
  },
};

/** Takes all that is free, in ever smaller pieces: its owner writes meanwhile. */
async function fill(disk: string, into: string): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  let files = 0;
  for (let size = bavail * bsize; size >= LEAST;) {
    const isTaken = await promisify(execFile)("fallocate", ["-l", String(size), join(into, String(files++))]).then(
      () => true,
      () => false,
    );
    if (!isTaken) size = Math.floor(size / 2);
  }
}
