import { DatabaseSync } from "node:sqlite";
import { StreamflowError } from "../errors.ts";

/** {ms} A process that is just ending may hold it for a moment. */
const PATIENCE = 1_000;

const SQLITE_BUSY = 5;

/**
 * Holds a store's file for one process. The lock is the operating system's, on an empty SQLite file beside it: it ends with the process,
 * however that ends, so none is ever left behind; and whoever only reads the store does not need it. Two processes with one store would each send
 * transactions of which the other knows nothing.
 */
export class StoreLock {
  readonly #db: DatabaseSync;

  /** Errors: `StoreInUse`. */
  constructor(path: string) {
    this.#db = new DatabaseSync(`${path}-lock`, { timeout: PATIENCE });
    try {
      this.#db.exec("BEGIN EXCLUSIVE");
    } catch (cause) {
      this.#db.close();
      if ((cause as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw cause;
      throw new StreamflowError("StoreInUse", `another process uses ${path}`, {}, { cause });
    }
  }

  close(): void {
    this.#db.close();
  }
}
