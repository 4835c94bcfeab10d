import type { StatementSync } from "node:sqlite";
import type { Acceptance, AcceptedTicket, RecipientStore } from "../pm/interface.ts";
import { amount, type Database, integer, text } from "./database.ts";
import type { SqliteWinnerStore } from "./winners.ts";

/** The recipient's tables. Index numbers are dense from 0, so SQLite's 63 bits hold them. */
export class SqliteRecipientStore implements RecipientStore {
  readonly #db: Database;
  readonly #winners: SqliteWinnerStore;
  readonly #open: StatementSync;
  readonly #touch: StatementSync;
  readonly #next: StatementSync;
  readonly #advance: StatementSync;
  readonly #abandoned: StatementSync;
  readonly #hand: StatementSync;
  readonly #holder: StatementSync;
  readonly #close: StatementSync;
  readonly #use: StatementSync;
  readonly #addSalt: StatementSync;
  readonly #dropSalts: StatementSync;
  readonly #credit: StatementSync;
  readonly #setCredit: StatementSync;

  constructor(db: Database, winners: SqliteWinnerStore) {
    this.#db = db;
    this.#winners = winners;
    this.#open = db.prepare("SELECT idx FROM commitment_index WHERE closed = 0 AND sender = ? ORDER BY idx LIMIT ?");
    this.#open.setReadBigInts(true);
    this.#touch = db.prepare("UPDATE commitment_index SET round = max(round, ?1) WHERE idx = ?2 AND round < ?1");
    this.#next = db.prepare("SELECT next_index FROM recipient");
    this.#next.setReadBigInts(true);
    this.#advance = db.prepare("UPDATE recipient SET next_index = max(next_index, ?)");
    this.#abandoned = db.prepare(
      "SELECT idx FROM commitment_index WHERE closed = 0 AND round < ? ORDER BY round, idx LIMIT 1",
    );
    this.#abandoned.setReadBigInts(true);
    this.#hand = db.prepare(
      "INSERT INTO commitment_index (idx, sender, round) VALUES (?, ?, ?) " +
        "ON CONFLICT (idx) DO UPDATE SET sender = excluded.sender, round = excluded.round, uses = 0",
    );
    this.#holder = db.prepare("SELECT sender, closed, uses FROM commitment_index WHERE idx = ?");
    this.#close = db.prepare("UPDATE commitment_index SET closed = 1 WHERE idx = ?");
    this.#use = db.prepare("UPDATE commitment_index SET uses = uses + 1, round = max(round, ?) WHERE idx = ?");
    this.#addSalt = db.prepare("INSERT OR IGNORE INTO salt (idx, salt, round) VALUES (?, ?, ?)");
    this.#dropSalts = db.prepare("DELETE FROM salt WHERE idx = ?");
    this.#credit = db.prepare("SELECT amount FROM credit WHERE sender = ?");
    this.#setCredit = db.prepare(
      "INSERT INTO credit (sender, amount) VALUES (?, ?) ON CONFLICT (sender) DO UPDATE SET amount = excluded.amount",
    );
  }

  secret(create: () => Uint8Array): Uint8Array {
    return this.#db.transaction("durable", () => {
      const row = this.#db.prepare("SELECT secret FROM recipient").get();
      if (row?.["secret"] instanceof Uint8Array) return row["secret"];
      const secret = create();
      this.#db.prepare("INSERT INTO recipient (one, secret) VALUES (1, ?)").run(secret);
      return secret;
    });
  }

  openIndices(sender: string, limit: number, round: number): bigint[] {
    return this.#db.transaction("light", () => {
      const indices = this.#open.all(sender, limit).map((row) => row["idx"] as bigint);
      for (const index of indices) this.#touch.run(round, index);
      return indices;
    });
  }

  nextIndex(abandonedBefore: number): bigint {
    const abandoned = this.#abandoned.get(abandonedBefore);
    if (abandoned !== undefined) return abandoned["idx"] as bigint;
    return this.#next.get()?.["next_index"] as bigint;
  }

  hand(sender: string, index: bigint, round: number): void {
    this.#db.transaction("light", () => {
      this.#dropSalts.run(index);
      this.#hand.run(index, sender, round);
      this.#advance.run(index + 1n);
    });
  }

  skip(index: bigint, count: bigint): void {
    this.#db.transaction("light", () => {
      this.#close.run(index);
      this.#db.prepare("UPDATE recipient SET next_index = ? WHERE next_index <= ?").run(index + count, index);
    });
  }

  accept({ payment, credit, recipientRand, ticketsPerIndex }: AcceptedTicket): Acceptance {
    const { ticket } = payment;
    return this.#db.transaction(recipientRand === null ? "light" : "durable", () => {
      const holder = this.#holder.get(ticket.commitmentIndex);
      if (holder === undefined || text(holder, "sender") !== ticket.sender) return "unknown";
      if (integer(holder, "closed") !== 0) return "closed";
      const added = this.#addSalt.run(ticket.commitmentIndex, ticket.salt.toString(), ticket.creationRound);
      if (added.changes === 0) return "replayed";

      this.#use.run(ticket.creationRound, ticket.commitmentIndex);
      this.#setCredit.run(ticket.sender, (this.credit(ticket.sender) + credit).toString());
      if (recipientRand !== null) this.#winners.add({ ...payment, recipientRand });
      if (recipientRand !== null || integer(holder, "uses") + 1 >= ticketsPerIndex) {
        this.#close.run(ticket.commitmentIndex);
        this.#dropSalts.run(ticket.commitmentIndex);
      }
      return "accepted";
    });
  }

  credit(sender: string): bigint {
    const row = this.#credit.get(sender);
    return row === undefined ? 0n : amount(row, "amount");
  }

  charge(sender: string, wanted: bigint): boolean {
    return this.#db.transaction("light", () => {
      const rest = this.credit(sender) - wanted;
      if (rest < 0n) return false;
      this.#setCredit.run(sender, rest.toString());
      return true;
    });
  }

  unredeemed(sender: string): bigint {
    return this.#winners.unredeemed(sender);
  }

  forget(round: number): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("DELETE FROM salt WHERE round < ?").run(round);
      this.#db.prepare("DELETE FROM commitment_index WHERE closed = 1 AND round < ?").run(round);
    });
  }
}
