import { ticketDigest } from "../pm/ticket.ts";
import { Database } from "./database.ts";
import type { NodeStore, StoreOptions } from "./interface.ts";
import { SqliteSenderLedger } from "./ledger.ts";
import { SqliteRecipientStore } from "./recipient.ts";
import { TakenTickets } from "./taken.ts";
import { SqliteWinnerStore } from "./winners.ts";

/**
 * Opens or creates a node's store: one SQLite file in WAL mode. Changes that would lose money (winners, their status, the secret) are
 * flushed to disk before the call returns; the rest survives the process at once and a loss of power from the next flush on.
 * Errors: `StoreMismatch`, `StoreVersionUnknown`.
 */
export function openStore(options: StoreOptions): NodeStore {
  const db = new Database(options);
  const domain = { chainId: options.identity.chainId, broker: options.identity.broker };
  const winners = new SqliteWinnerStore(db, (winner) => ticketDigest(winner.ticket, domain));
  const taken = new TakenTickets(db);
  return {
    recipient: new SqliteRecipientStore(db, winners, taken),
    winners,
    ledger: new SqliteSenderLedger(db),
    close: () => {
      taken.close();
      db.close();
    },
  };
}
