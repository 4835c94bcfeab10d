import { execFile } from "node:child_process";
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Fault } from "./interface.ts";

/** Its store's file system has no byte left. */
export const diskFull: Fault = {
  kind: "disk full",
  seconds: [5, 20],
  isPossible: ({ disk }) => disk !== null,
  begin: async ({ disk }) => {
    const ballast = join(disk!, "ballast");
    const { bavail, bsize } = await statfs(disk!);
    await promisify(execFile)("fallocate", ["-l", String(Math.max(1, bavail) * bsize), ballast]);
    return () => rm(ballast);
  },
};
