import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { StreamflowError } from "../errors.ts";
import type { StoreIdentity } from "./interface.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Row = Record<string, SQLOutputValue>;

/**
 * `durable`: on disk (fsync) when the call returns. `light`: survives the end of the process at once and the loss of power from the next
 * durable change or checkpoint on.
 */
export type Durability = "durable" | "light";

export interface DatabaseOptions {
  readonly path: string;
  /** Whose it is, or becomes; null to read it, whosever it is. */
  readonly identity: StoreIdentity | null;
}

/** {ms} How long another connection may hold it up. */
const TIMEOUT = 5_000;

/** A file with its schema brought up to date, its owner checked, and transactions. */
export class Database {
  readonly #db: DatabaseSync;
  #durability: Durability = "durable";

  constructor({ path, identity }: DatabaseOptions) {
    this.#db = new DatabaseSync(path, { timeout: TIMEOUT, readOnly: identity === null });
    try {
      if (identity === null) {
        this.#checkVersion(MIGRATIONS.length);
      } else {
        this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
        this.#migrate();
        this.#checkIdentity(identity);
      }
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Whose it is; null when nobody has opened it for writing yet. */
  identity(): StoreIdentity | null {
    const row = this.#db.prepare("SELECT chain_id, address, broker FROM identity").get();
    if (row === undefined) return null;
    return { chainId: amount(row, "chain_id"), address: text(row, "address"), broker: text(row, "broker") };
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
      const version = this.#checkVersion(0);
      for (const migration of MIGRATIONS.slice(version)) this.#db.exec(migration);
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  /** The version of its schema, which is not below `least`. */
  #checkVersion(least: number): number {
    const found = Number(this.#db.prepare("PRAGMA user_version").get()?.["user_version"]);
    const known = MIGRATIONS.length;
    if (found >= least && found <= known) return found;
    throw new StreamflowError("StoreVersionUnknown", `the store has version ${found}, this software knows ${known}`, {
      found,
      known,
    });
  }

  #checkIdentity(identity: StoreIdentity): void {
    this.transaction("durable", () => {
      const found = this.identity();
      if (found !== null) return requireSame(found, identity);
      const { chainId, address, broker } = identity;
      this.#db
        .prepare("INSERT INTO identity (one, chain_id, address, broker) VALUES (1, ?, ?, ?)")
        .run(chainId.toString(), address.toLowerCase(), broker.toLowerCase());
    });
  }
}

/** Errors: `StoreMismatch`. */
export function requireSame(found: StoreIdentity, wanted: StoreIdentity): void {
  const describe = ({ address, chainId, broker }: StoreIdentity): string =>
    `${address} on chain ${chainId} with broker ${broker}`.toLowerCase();
  if (describe(found) === describe(wanted)) return;
  throw new StreamflowError(
    "StoreMismatch",
    `the store belongs to ${describe(found)}, this node is ${describe(wanted)}`,
  );
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

/** Rows as arrays of these columns: to have a thousand of them made into objects takes several times as long. */
export function readAll<R>(db: Database, columns: string, from: string, ...parameters: string[]): R[] {
  const statement = db.prepare(`SELECT ${columns} FROM ${from}`);
  statement.setReturnArrays(true);
  return statement.all(...parameters) as unknown[] as R[];
}
