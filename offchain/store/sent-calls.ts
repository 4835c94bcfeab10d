import type { SentCall, SentCallRows } from "../eth/interface.ts";
import { amount, type Database, integer, text } from "./database.ts";

/** The table of transactions of disputes. */
export class SqliteSentCalls implements SentCallRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): SentCall[] {
    return this.#db
      .prepare("SELECT call, nonce, raw, max_fee, priority_fee, sent_at FROM dispute_transaction ORDER BY nonce")
      .all()
      .map((row) => ({
        call: text(row, "call"),
        nonce: integer(row, "nonce"),
        raw: text(row, "raw"),
        maxFee: amount(row, "max_fee"),
        priorityFee: amount(row, "priority_fee"),
        sentAt: integer(row, "sent_at"),
      }));
  }

  put({ call, nonce, raw, maxFee, priorityFee, sentAt }: SentCall): void {
    this.#db.transaction("durable", () => {
      this.#db
        .prepare(
          "INSERT INTO dispute_transaction (call, nonce, raw, max_fee, priority_fee, sent_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (call) " +
            "DO UPDATE SET nonce = excluded.nonce, raw = excluded.raw, max_fee = excluded.max_fee, priority_fee = excluded.priority_fee, sent_at = excluded.sent_at",
        )
        .run(call, nonce, raw, maxFee.toString(), priorityFee.toString(), sentAt);
    });
  }

  drop(call: string): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("DELETE FROM dispute_transaction WHERE call = ?").run(call);
    });
  }

  dropBelow(nonce: number): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("DELETE FROM dispute_transaction WHERE nonce < ?").run(nonce);
    });
  }
}
