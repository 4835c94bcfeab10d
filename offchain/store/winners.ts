import type { StatementSync } from "node:sqlite";
import type { StoredWinner, Winner, WinnerStatus, WinnerStore } from "../pm/interface.ts";
import { amount, type Database, integer, type Row, text, textOrNull } from "./database.ts";

/** Winning tickets. `add` serves the recipient's transaction, `unredeemed`, `unredeemedOf` and `hasExpired` its checks; the rest is the redeemer's queue. */
export class SqliteWinnerStore implements WinnerStore {
  readonly #db: Database;
  readonly #digestOf: (winner: Winner) => string;
  readonly #add: StatementSync;
  readonly #unredeemed: StatementSync;
  readonly #unredeemedOf: StatementSync;
  readonly #expired: StatementSync;

  constructor(db: Database, digestOf: (winner: Winner) => string) {
    this.#db = db;
    this.#digestOf = digestOf;
    this.#add = db.prepare(
      "INSERT INTO winner (digest, recipient, sender, face_value, win_prob, salt, commitment, commitment_index, " +
        "creation_round, signature, recipient_rand, signer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#unredeemed = db.prepare("SELECT face_value FROM winner WHERE status = 'pending' AND sender = ?");
    this.#unredeemedOf = db.prepare(
      "SELECT face_value FROM winner WHERE status = 'pending' AND sender = ? AND signer = ? AND creation_round = ?",
    );
    this.#expired = db.prepare("SELECT 1 FROM winner WHERE status = 'expired' AND sender = ? LIMIT 1");
  }

  /** Inside the caller's transaction. */
  add(winner: Winner, signer: string | null): void {
    const { ticket } = winner;
    this.#add.run(
      this.#digestOf(winner),
      ticket.recipient,
      ticket.sender,
      ticket.faceValue.toString(),
      ticket.winProb.toString(),
      ticket.salt.toString(),
      ticket.commitment,
      ticket.commitmentIndex.toString(),
      ticket.creationRound,
      winner.signature,
      winner.recipientRand,
      signer,
    );
  }

  unredeemed(sender: string): bigint {
    return faceValues(this.#unredeemed.all(sender));
  }

  unredeemedOf(sender: string, signer: string, creationRound: number): bigint {
    return faceValues(this.#unredeemedOf.all(sender, signer, creationRound));
  }

  hasExpired(sender: string): boolean {
    return this.#expired.get(sender) !== undefined;
  }

  due(now: number, limit: number): StoredWinner[] {
    return this.#db
      .prepare(
        "SELECT * FROM winner WHERE status = 'pending' AND not_before <= ? ORDER BY creation_round, rowid LIMIT ?",
      )
      .all(now, limit)
      .map(toWinner);
  }

  nextDue(now: number): number | null {
    const row = this.#db
      .prepare("SELECT min(not_before) AS due FROM winner WHERE status = 'pending' AND not_before > ?")
      .get(now);
    const due = row?.["due"];
    return typeof due === "number" ? due : null;
  }

  list(status: WinnerStatus, limit: number): StoredWinner[] {
    return this.#db
      .prepare("SELECT * FROM winner WHERE status = ? ORDER BY creation_round, rowid LIMIT ?")
      .all(status, limit)
      .map(toWinner);
  }

  count(status: WinnerStatus): number {
    const row = this.#db.prepare("SELECT count(*) AS total FROM winner WHERE status = ?").get(status);
    return row === undefined ? 0 : integer(row, "total");
  }

  markSent(digest: string, transaction: string): void {
    this.#update("sent_in = ?, reason = NULL", [transaction], digest);
  }

  markRedeemed(digest: string): void {
    this.#update("status = 'redeemed', reason = NULL", [], digest);
  }

  markExpired(digest: string, reason: string): void {
    this.#update("status = 'expired', reason = ?", [reason], digest);
  }

  postpone(digest: string, notBefore: number, reason: string, forget: boolean): void {
    const transaction = forget ? ", sent_in = NULL" : "";
    this.#update(`attempts = attempts + 1, not_before = ?, reason = ?${transaction}`, [notBefore, reason], digest);
  }

  #update(assignments: string, values: (string | number)[], digest: string): void {
    // Lost with the power, such a note costs a look at the chain, or a transaction that fails; the winner itself was written durably.
    this.#db.transaction("light", () => {
      this.#db
        .prepare(`UPDATE winner SET ${assignments} WHERE digest = ? AND status = 'pending'`)
        .run(...values, digest);
    });
  }
}

function faceValues(rows: readonly Row[]): bigint {
  return rows.reduce((sum, row) => sum + amount(row, "face_value"), 0n);
}

function toWinner(row: Row): StoredWinner {
  const status = text(row, "status");
  if (status !== "pending" && status !== "redeemed" && status !== "expired") throw new TypeError("unknown status");
  return {
    ticket: {
      recipient: text(row, "recipient"),
      sender: text(row, "sender"),
      faceValue: amount(row, "face_value"),
      winProb: amount(row, "win_prob"),
      salt: amount(row, "salt"),
      commitment: text(row, "commitment"),
      commitmentIndex: amount(row, "commitment_index"),
      creationRound: integer(row, "creation_round"),
    },
    signature: text(row, "signature"),
    recipientRand: text(row, "recipient_rand"),
    digest: text(row, "digest"),
    status,
    transaction: textOrNull(row, "sent_in"),
    attempts: integer(row, "attempts"),
    notBefore: integer(row, "not_before"),
    reason: textOrNull(row, "reason"),
  };
}
