import type { StatementSync } from "node:sqlite";
import type { Exposure, SenderLedger, SentTotals, Ticket } from "../pm/interface.ts";
import { amount, type Database, integer, text } from "./database.ts";

/** The sender's tables. */
export class SqliteSenderLedger implements SenderLedger {
  readonly #db: Database;
  readonly #setExposure: StatementSync;
  readonly #sent: StatementSync;
  readonly #setSent: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#setExposure = db.prepare(
      "INSERT INTO exposure (recipient, round, idx, face_value, win_rate) VALUES (?, ?, ?, ?, ?) " +
        "ON CONFLICT (recipient, round, idx) DO UPDATE SET face_value = excluded.face_value, win_rate = excluded.win_rate",
    );
    this.#sent = db.prepare("SELECT count, face_value, expected_value FROM sent WHERE recipient = ?");
    this.#setSent = db.prepare(
      "INSERT INTO sent (recipient, count, face_value, expected_value) VALUES (?, ?, ?, ?) ON CONFLICT (recipient) " +
        "DO UPDATE SET count = excluded.count, face_value = excluded.face_value, expected_value = excluded.expected_value",
    );
  }

  exposures(): Exposure[] {
    return this.#db
      .prepare("SELECT recipient, round, idx, face_value, win_rate FROM exposure")
      .all()
      .map((row) => ({
        recipient: text(row, "recipient"),
        creationRound: integer(row, "round"),
        index: BigInt(integer(row, "idx")),
        faceValue: amount(row, "face_value"),
        winRate: amount(row, "win_rate"),
      }));
  }

  recordSent(ticket: Ticket, { recipient, creationRound, index, faceValue, winRate }: Exposure): void {
    this.#db.transaction("light", () => {
      this.#setExposure.run(recipient, creationRound, index, faceValue.toString(), winRate.toString());

      const before = this.sent(ticket.recipient);
      this.#setSent.run(
        ticket.recipient,
        (before.count + 1n).toString(),
        (before.faceValue + ticket.faceValue).toString(),
        (before.expectedValue + ticket.faceValue * ticket.winProb).toString(),
      );
    });
  }

  release(recipient: string, creationRound: number, index: bigint): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare("DELETE FROM exposure WHERE recipient = ? AND round = ? AND idx = ?")
        .run(recipient, creationRound, index);
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
