import type { StatementSync } from "node:sqlite";
import type { Acceptance, AcceptedTicket, RecipientStore } from "../pm/interface.ts";
import { type Database, integer, text } from "./database.ts";
import type { TakenTickets } from "./taken.ts";
import type { SqliteWinnerStore } from "./winners.ts";

/** The recipient's tables. */
export class SqliteRecipientStore implements RecipientStore {
  readonly #db: Database;
  readonly #winners: SqliteWinnerStore;
  readonly #taken: TakenTickets;
  readonly #open: StatementSync;
  readonly #next: StatementSync;
  readonly #advance: StatementSync;
  readonly #hand: StatementSync;
  readonly #holder: StatementSync;
  readonly #close: StatementSync;

  constructor(db: Database, winners: SqliteWinnerStore, taken: TakenTickets) {
    this.#db = db;
    this.#winners = winners;
    this.#taken = taken;
    this.#open = db.prepare(
      "SELECT idx FROM commitment_index WHERE closed = 0 AND sender = ? AND round = ? AND idx % ? = ? ORDER BY idx LIMIT ?",
    );
    this.#next = db.prepare("SELECT next_index FROM commitment_round WHERE round = ?");
    this.#advance = db.prepare(
      "INSERT INTO commitment_round (round, next_index) VALUES (?, ?) " +
        "ON CONFLICT (round) DO UPDATE SET next_index = max(next_index, excluded.next_index)",
    );
    this.#hand = db.prepare(
      "INSERT INTO commitment_index (round, idx, sender) VALUES (?, ?, ?) " +
        "ON CONFLICT (round, idx) DO UPDATE SET sender = excluded.sender",
    );
    this.#holder = db.prepare("SELECT sender, closed FROM commitment_index WHERE round = ? AND idx = ?");
    this.#close = db.prepare("UPDATE commitment_index SET closed = 1 WHERE round = ? AND idx = ?");
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

  openIndices(sender: string, limit: number, round: number, { index, count } = { index: 0, count: 1 }): bigint[] {
    return this.#open.all(sender, round, count, index, limit).map((row) => BigInt(integer(row, "idx")));
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
    const { commitmentIndex, creationRound: round, salt, sender } = payment.ticket;
    const index = Number(commitmentIndex);
    const holder = this.#holder.get(round, index);
    if (holder === undefined || text(holder, "sender") !== sender) return "unknown";
    if (integer(holder, "closed") !== 0) return "closed";
    const ticket = { round, index, salt, sender, credit };
    if (this.#taken.has(ticket)) return "replayed";

    if (recipientRand !== null) {
      this.#taken.takeLast(ticket, "durable", () => {
        this.#winners.add({ ...payment, recipientRand }, signer);
        this.#close.run(round, index);
      });
    } else if (this.#taken.count(round, index) + 1 >= ticketsPerIndex) {
      this.#taken.takeLast(ticket, "light", () => this.#close.run(round, index));
    } else {
      this.#taken.take(ticket);
    }
    return "accepted";
  }

  settled(): Promise<void> {
    return this.#taken.settled();
  }

  credit(sender: string): bigint {
    return this.#taken.credit(sender);
  }

  charge(sender: string, wanted: bigint): boolean {
    const rest = this.credit(sender) - wanted;
    if (rest < 0n) return false;
    this.#taken.setCredit(sender, rest);
    return true;
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
      this.#taken.forget(round);
      for (const table of ["commitment_index", "commitment_round"]) {
        this.#db.prepare(`DELETE FROM ${table} WHERE round < ?`).run(round);
      }
    });
  }
}
