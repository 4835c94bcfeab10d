import type { StatementSync } from "node:sqlite";
import type { Exposure, SenderLedger, SentTotals, Ticket } from "../pm/interface.ts";
import { amount, type Database, integer, text } from "./database.ts";

/** The sender's tables. */
export class SqliteSenderLedger implements SenderLedger {
  readonly #db: Database;
  readonly #exposure: StatementSync;
  readonly #setExposure: StatementSync;
  readonly #sent: StatementSync;
  readonly #setSent: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#exposure = db.prepare("SELECT face_value, last_round FROM exposure WHERE recipient = ? AND idx = ?");
    this.#setExposure = db.prepare(
      "INSERT INTO exposure (recipient, idx, face_value, last_round) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (recipient, idx) DO UPDATE SET face_value = excluded.face_value, last_round = excluded.last_round",
    );
    this.#sent = db.prepare("SELECT count, face_value, expected_value FROM sent WHERE recipient = ?");
    this.#setSent = db.prepare(
      "INSERT INTO sent (recipient, count, face_value, expected_value) VALUES (?, ?, ?, ?) ON CONFLICT (recipient) " +
        "DO UPDATE SET count = excluded.count, face_value = excluded.face_value, expected_value = excluded.expected_value",
    );
  }

  exposures(): Exposure[] {
    return this.#db
      .prepare("SELECT recipient, idx, face_value, last_round FROM exposure")
      .all()
      .map((row) => ({
        recipient: text(row, "recipient"),
        index: amount(row, "idx"),
        faceValue: amount(row, "face_value"),
        lastRound: integer(row, "last_round"),
      }));
  }

  recordSent(ticket: Ticket): void {
    this.#db.transaction("light", () => {
      const index = ticket.commitmentIndex.toString();
      const known = this.#exposure.get(ticket.recipient, index);
      const face = known === undefined ? 0n : amount(known, "face_value");
      const round = known === undefined ? 0 : integer(known, "last_round");
      this.#setExposure.run(
        ticket.recipient,
        index,
        (face > ticket.faceValue ? face : ticket.faceValue).toString(),
        Math.max(round, ticket.creationRound),
      );

      const before = this.sent(ticket.recipient);
      this.#setSent.run(
        ticket.recipient,
        (before.count + 1n).toString(),
        (before.faceValue + ticket.faceValue).toString(),
        (before.expectedValue + ticket.faceValue * ticket.winProb).toString(),
      );
    });
  }

  release(recipient: string, index: bigint): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("DELETE FROM exposure WHERE recipient = ? AND idx = ?").run(recipient, index.toString());
    });
  }

  sent(recipient?: string): SentTotals {
    const rows =
      recipient === undefined
        ? this.#db.prepare("SELECT count, face_value, expected_value FROM sent").all()
        : this.#sent.all(recipient);
    const totals = { count: 0n, faceValue: 0n, expectedValue: 0n };
    for (const row of rows) {
      totals.count += amount(row, "count");
      totals.faceValue += amount(row, "face_value");
      totals.expectedValue += amount(row, "expected_value");
    }
    return totals;
  }
}
