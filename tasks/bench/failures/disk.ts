import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of limited size. */
export interface Disk {
  readonly directory: string;
  close(): Promise<void>;
}

/** {bytes} */
const SIZE = 256 * 2 ** 20;

/** Mounts one at a new directory; null, where this process has no right to. */
export async function openDisk(directory: string): Promise<Disk | null> {
  await mkdir(directory, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", directory]);
  } catch {
    return null;
  }
  return { directory, close: async () => void (await run("umount", [directory])) };
}
