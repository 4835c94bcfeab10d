import { statfs } from "node:fs/promises";
import { StreamflowError } from "../errors.ts";

/** {bytes} For what is written beside segments: the database and its journal. */
const MARGIN = 4_194_304;

/** {bytes} Left on the file system of a directory. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Room on the disk for work that is under way: who is paid for it has to keep it. */
export class Room {
  readonly #free: () => Promise<number>;
  #reserved = 0;

  /** @param modules.free {bytes} what is left on the disk */
  constructor(modules: { readonly free: () => Promise<number> }) {
    this.#free = modules.free;
  }

  /**
   * Takes room for so many bytes, until what is answered is called. What others write at the same time can still fill the disk.
   * @throws SegmentStoreFull
   */
  async reserve(bytes: number): Promise<() => void> {
    const needed = (this.#reserved += bytes) + MARGIN;
    const release = () => void (this.#reserved -= bytes);
    try {
      const free = await this.#free();
      if (free >= needed) return release;
      const detail = `${needed} bytes are needed on the disk for work under way, ${free} are left`;
      throw new StreamflowError("SegmentStoreFull", detail, { needed, free });
    } catch (error) {
      release();
      throw error;
    }
  }
}
