import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StreamflowError } from "../../errors.ts";
import type { Storage } from "./interface.ts";

/** Files below a directory, which is made when it is not there. */
export class DirectoryStorage implements Storage {
  readonly #directory: string;
  /** Directories that are known to exist: bounded by what one stream or one node writes. */
  readonly #made = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(path: string, content: Uint8Array | string): Promise<void> {
    const file = join(this.#directory, path);
    try {
      await this.#make(dirname(file));
      await writeFile(`${file}.tmp`, content);
      await rename(`${file}.tmp`, file);
    } catch (cause) {
      this.#made.delete(dirname(file));
      throw failed(path, cause);
    }
  }

  async get(path: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.#directory, path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw failed(path, cause);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await rm(join(this.#directory, path), { force: true });
    } catch (cause) {
      throw failed(path, cause);
    }
  }

  async #make(directory: string): Promise<void> {
    if (this.#made.has(directory)) return;
    await mkdir(directory, { recursive: true });
    if (this.#made.size >= 10_000) this.#made.clear();
    this.#made.add(directory);
  }
}

function failed(path: string, cause: unknown): StreamflowError {
  return new StreamflowError("StorageFailed", `${path}: ${(cause as Error).message}`, { path }, { cause });
}
