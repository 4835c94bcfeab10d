import type { StatementSync } from "node:sqlite";
import type { Acceptance, AcceptedTicket, RecipientStore } from "../pm/interface.ts";
import { amount, type Database, integer, text } from "./database.ts";
import type { SqliteWinnerStore } from "./winners.ts";

/** The recipient's tables. */
export class SqliteRecipientStore implements RecipientStore {
  readonly #db: Database;
  readonly #winners: SqliteWinnerStore;
  readonly #open: StatementSync;
  readonly #next: StatementSync;
  readonly #advance: StatementSync;
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
    this.#open = db.prepare(
      "SELECT idx FROM commitment_index WHERE closed = 0 AND sender = ? AND round = ? ORDER BY idx LIMIT ?",
    );
    this.#next = db.prepare("SELECT next_index FROM commitment_round WHERE round = ?");
    this.#advance = db.prepare(
      "INSERT INTO commitment_round (round, next_index) VALUES (?, ?) " +
        "ON CONFLICT (round) DO UPDATE SET next_index = max(next_index, excluded.next_index)",
    );
    this.#hand = db.prepare(
      "INSERT INTO commitment_index (round, idx, sender) VALUES (?, ?, ?) " +
        "ON CONFLICT (round, idx) DO UPDATE SET sender = excluded.sender, uses = 0",
    );
    this.#holder = db.prepare("SELECT sender, closed, uses FROM commitment_index WHERE round = ? AND idx = ?");
    this.#close = db.prepare("UPDATE commitment_index SET closed = 1 WHERE round = ? AND idx = ?");
    this.#use = db.prepare("UPDATE commitment_index SET uses = uses + 1 WHERE round = ? AND idx = ?");
    this.#addSalt = db.prepare("INSERT OR IGNORE INTO salt (round, idx, salt) VALUES (?, ?, ?)");
    this.#dropSalts = db.prepare("DELETE FROM salt WHERE round = ? AND idx = ?");
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
    return this.#open.all(sender, round, limit).map((row) => BigInt(integer(row, "idx")));
  }

  nextIndex(round: number): bigint {
    const row = this.#next.get(round);
    return row === undefined ? 0n : BigInt(integer(row, "next_index"));
  }

  hand(sender: string, index: bigint, round: number): void {
    this.#db.transaction("light", () => {
      this.#hand.run(round, index, sender);
      this.#advance.run(round, index + 1n);
    });
  }

  skip(index: bigint, count: bigint, round: number): void {
    this.#db.transaction("light", () => {
      this.#advance.run(round, index + count);
    });
  }

  accept({ payment, signer, credit, recipientRand, ticketsPerIndex }: AcceptedTicket): Acceptance {
    const { ticket } = payment;
    const place = [ticket.creationRound, ticket.commitmentIndex] as const;
    return this.#db.transaction(recipientRand === null ? "light" : "durable", () => {
      const holder = this.#holder.get(...place);
      if (holder === undefined || text(holder, "sender") !== ticket.sender) return "unknown";
      if (integer(holder, "closed") !== 0) return "closed";
      const added = this.#addSalt.run(...place, ticket.salt.toString());
      if (added.changes === 0) return "replayed";

      this.#use.run(...place);
      this.#setCredit.run(ticket.sender, (this.credit(ticket.sender) + credit).toString());
      if (recipientRand !== null) this.#winners.add({ ...payment, recipientRand }, signer);
      if (recipientRand !== null || integer(holder, "uses") + 1 >= ticketsPerIndex) {
        this.#close.run(...place);
        this.#dropSalts.run(...place);
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

  unredeemedOf(sender: string, key: string, round: number): bigint {
    return this.#winners.unredeemedOf(sender, key, round);
  }

  hasDefaulted(sender: string): boolean {
    return this.#winners.hasExpired(sender);
  }

  forget(round: number): void {
    this.#db.transaction("light", () => {
      for (const table of ["salt", "commitment_index", "commitment_round"]) {
        this.#db.prepare(`DELETE FROM ${table} WHERE round < ?`).run(round);
      }
    });
  }
}
