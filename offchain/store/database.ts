import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { StreamflowError } from "../errors.ts";
import type { StoreIdentity, StoreOptions } from "./interface.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Row = Record<string, SQLOutputValue>;

/**
 * `durable`: on disk (fsync) when the call returns. `light`: survives the end of the process at once and the loss of power from the next
 * durable change or checkpoint on.
 */
export type Durability = "durable" | "light";

/** A file with its schema brought up to date, its owner checked, and transactions. */
export class Database {
  readonly #db: DatabaseSync;
  #durability: Durability = "durable";

  constructor(options: StoreOptions) {
    this.#db = new DatabaseSync(options.path, { timeout: 5_000 });
    try {
      this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
      this.#migrate();
      this.#checkIdentity(options.identity);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** Runs `change` in one transaction; a thrown error undoes it. */
  transaction<T>(durability: Durability, change: () => T): T {
    if (durability !== this.#durability) {
      this.#db.exec(`PRAGMA synchronous = ${durability === "durable" ? "FULL" : "NORMAL"}`);
      this.#durability = durability;
    }
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #migrate(): void {
    this.transaction("durable", () => {
      const row = this.#db.prepare("PRAGMA user_version").get();
      const version = Number(row?.["user_version"]);
      if (version > MIGRATIONS.length) {
        throw new StreamflowError(
          "StoreVersionUnknown",
          `the store has version ${version}, this software knows ${MIGRATIONS.length}`,
          { found: version, known: MIGRATIONS.length },
        );
      }
      for (const migration of MIGRATIONS.slice(version)) this.#db.exec(migration);
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  #checkIdentity(identity: StoreIdentity): void {
    const wanted = [identity.chainId.toString(), identity.address.toLowerCase(), identity.broker.toLowerCase()];
    this.transaction("durable", () => {
      const row = this.#db.prepare("SELECT chain_id, address, broker FROM identity").get();
      if (row === undefined) {
        this.#db.prepare("INSERT INTO identity (one, chain_id, address, broker) VALUES (1, ?, ?, ?)").run(...wanted);
        return;
      }
      const found = [text(row, "chain_id"), text(row, "address"), text(row, "broker")];
      if (found.join() !== wanted.join()) {
        const describe = ([chain, address, broker]: string[]): string =>
          `${address} on chain ${chain} with broker ${broker}`;
        throw new StreamflowError(
          "StoreMismatch",
          `the store belongs to ${describe(found)}, this node is ${describe(wanted)}`,
        );
      }
    });
  }
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds no text`);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`column ${column} holds no number`);
  return value;
}

/** An amount or index that is kept as decimal text. */
export function amount(row: Row, column: string): bigint {
  return BigInt(text(row, column));
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}
