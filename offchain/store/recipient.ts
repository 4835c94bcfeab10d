import type { StatementSync } from "node:sqlite";
import type { Acceptance, AcceptedTicket, RecipientStore } from "../pm/interface.ts";
import { type Database, integer, text } from "./database.ts";
import type { TakenTickets } from "./taken.ts";
import type { SqliteWinnerStore } from "./winners.ts";

/** The recipient's tables. Index numbers are dense from 0, so SQLite's 63 bits hold them. */
export class SqliteRecipientStore implements RecipientStore {
  readonly #db: Database;
  readonly #winners: SqliteWinnerStore;
  readonly #taken: TakenTickets;
  readonly #open: StatementSync;
  readonly #touch: StatementSync;
  readonly #next: StatementSync;
  readonly #advance: StatementSync;
  readonly #abandoned: StatementSync;
  readonly #hand: StatementSync;
  readonly #holder: StatementSync;
  readonly #close: StatementSync;

  constructor(db: Database, winners: SqliteWinnerStore, taken: TakenTickets) {
    this.#db = db;
    this.#winners = winners;
    this.#taken = taken;
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
        "ON CONFLICT (idx) DO UPDATE SET sender = excluded.sender, round = excluded.round",
    );
    this.#holder = db.prepare("SELECT sender, closed FROM commitment_index WHERE idx = ?");
    this.#close = db.prepare("UPDATE commitment_index SET closed = 1 WHERE idx = ?");
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
    const { commitmentIndex, creationRound: round, salt, sender } = payment.ticket;
    const holder = this.#holder.get(commitmentIndex);
    if (holder === undefined || text(holder, "sender") !== sender) return "unknown";
    if (integer(holder, "closed") !== 0) return "closed";
    const ticket = { round, index: Number(commitmentIndex), salt, sender, credit };
    if (this.#taken.has(ticket)) return "replayed";

    if (recipientRand !== null) {
      this.#taken.takeLast(ticket, "durable", () => {
        this.#winners.add({ ...payment, recipientRand });
        this.#close.run(commitmentIndex);
      });
    } else if (this.#taken.count(round, ticket.index) + 1 >= ticketsPerIndex) {
      this.#taken.takeLast(ticket, "light", () => this.#close.run(commitmentIndex));
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

  forget(round: number): void {
    this.#db.transaction("light", () => {
      this.#taken.forget(round);
      this.#db.prepare("DELETE FROM commitment_index WHERE closed = 1 AND round < ?").run(round);
    });
  }
}
