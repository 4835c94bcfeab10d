import { existsSync } from "node:fs";
import { join } from "node:path";
import { StreamflowError } from "../errors.ts";
import { ticketDigest } from "../pm/ticket.ts";
import { Database } from "./database.ts";
import { SqliteDisputes } from "./disputes.ts";
import { SqliteEvidence } from "./evidence.ts";
import type { NodeStore, StoreIdentity, StoreOptions, StoreReader } from "./interface.ts";
import { SqliteSenderLedger } from "./ledger.ts";
import { SqliteOffers } from "./offers.ts";
import { SqliteOutputs } from "./outputs.ts";
import { SqliteStandings } from "./standings.ts";
import { StoreLock } from "./lock.ts";
import { SqliteRecipientStore } from "./recipient.ts";
import { SqliteSentCalls } from "./sent-calls.ts";
import { TakenTickets } from "./taken.ts";
import { SqliteWinnerStore } from "./winners.ts";

const IN_MEMORY = ":memory:";

/** The store's file in a node's data directory. */
export const storeFile = (dataDir: string): string => join(dataDir, "node.sqlite");

/**
 * Opens or creates a node's store: one SQLite file in WAL mode, which no other process can open so until it is closed. Changes that would
 * lose money (winners, their status, the secret) are flushed to disk before the call returns; the rest survives the process at once and a
 * loss of power from the next flush on.
 * Errors: `StoreMismatch`, `StoreVersionUnknown`, `StoreInUse`.
 */
export function openStore(options: StoreOptions): NodeStore {
  const lock = options.path === IN_MEMORY ? null : new StoreLock(options.path);
  let db: Database;
  try {
    db = new Database(options);
  } catch (error) {
    lock?.close();
    throw error;
  }
  const winners = winnersOf(db, options.identity);
  const taken = new TakenTickets(db);
  return {
    recipient: new SqliteRecipientStore(db, winners, taken),
    winners,
    ledger: new SqliteSenderLedger(db),
    evidence: new SqliteEvidence(db),
    disputes: new SqliteDisputes(db),
    sentCalls: new SqliteSentCalls(db),
    offers: new SqliteOffers(db),
    standings: new SqliteStandings(db),
    outputs: new SqliteOutputs(db),
    close: () => {
      taken.close();
      db.close();
      lock?.close();
    },
  };
}

/**
 * Opens a store to read it, whether its node is running or not. Nothing can be changed through it.
 * Errors: `StoreNotFound`, `StoreVersionUnknown`.
 */
export function openStoreReader(path: string): StoreReader {
  if (!existsSync(path)) throw new StreamflowError("StoreNotFound", `there is no store at ${path}`);
  const db = new Database({ path, identity: null });
  const identity = db.identity();
  if (identity === null) {
    db.close();
    throw new StreamflowError("StoreNotFound", `the store at ${path} is nobody's yet`);
  }
  const winners = winnersOf(db, identity);
  return {
    identity,
    winners,
    offers: new SqliteOffers(db),
    standings: new SqliteStandings(db),
    openRounds: () => winners.openRounds(),
    list: (sender) => winners.all(sender),
    close: () => db.close(),
  };
}

function winnersOf(db: Database, { chainId, broker }: StoreIdentity): SqliteWinnerStore {
  return new SqliteWinnerStore(db, ({ ticket }) => ticketDigest(ticket, { chainId, broker }));
}
