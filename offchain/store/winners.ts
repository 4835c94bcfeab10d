import type { StatementSync } from "node:sqlite";
import type {
  Fees,
  Inclusion,
  RedemptionKind,
  SignedTransaction,
  StoredTransaction,
  StoredWinner,
  Winner,
  WinnerStatus,
  WinnerStore,
} from "../pm/interface.ts";
import { commitmentKey } from "../pm/ticket.ts";
import { amount, type Database, integer, type Row, text, textOrNull } from "./database.ts";
import type { ListedWinner } from "./interface.ts";

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
    this.#unredeemed = db.prepare(
      "SELECT face_value FROM winner WHERE status IN ('pending', 'claimed') AND sender = ?",
    );
    this.#unredeemedOf = db.prepare(
      "SELECT face_value FROM winner " +
        "WHERE status IN ('pending', 'claimed') AND sender = ? AND signer = ? AND creation_round = ?",
    );
    this.#expired = db.prepare("SELECT 1 FROM winner WHERE status IN ('claimed', 'expired') AND sender = ? LIMIT 1");
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

  waiting(now: number): StoredWinner[] {
    return this.#db
      .prepare(
        "SELECT * FROM winner WHERE status IN ('pending', 'claimed') AND nonce IS NULL AND not_before <= ? " +
          "ORDER BY creation_round, rowid",
      )
      .all(now)
      .map(toWinner);
  }

  nextDue(now: number): number | null {
    const row = this.#db
      .prepare(
        "SELECT min(not_before) AS due FROM winner " +
          "WHERE status IN ('pending', 'claimed') AND nonce IS NULL AND not_before > ?",
      )
      .get(now);
    const due = row?.["due"];
    return typeof due === "number" ? due : null;
  }

  /** Creation rounds of the winners that are neither redeemed nor expired. */
  openRounds(): number[] {
    return this.#db
      .prepare("SELECT DISTINCT creation_round FROM winner WHERE status NOT IN ('redeemed', 'expired')")
      .all()
      .map((row) => integer(row, "creation_round"));
  }

  /** All winners, or those of one sender, the newest first, with what the transactions under way are to do. */
  *all(sender?: string): Generator<ListedWinner> {
    const rows = this.#db
      .prepare(
        "SELECT winner.*, kind FROM winner LEFT JOIN redemption USING (nonce) " +
          "WHERE ?1 IS NULL OR sender = ?1 ORDER BY creation_round DESC, winner.rowid DESC",
      )
      .iterate(sender ?? null);
    for (const row of rows) yield { ...toWinner(row), underway: row["kind"] === null ? null : kindOf(row) };
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

  mark(digest: string, status: "redeemed" | "claimed" | "expired", reason: string): void {
    this.#update("status = ?, reason = ?", [status, reason], digest);
  }

  postpone(digest: string, notBefore: number, reason: string): void {
    this.#update("attempts = attempts + 1, not_before = ?, reason = ?", [notBefore, reason], digest);
  }

  transactions(): StoredTransaction[] {
    const versions = this.#db.prepare("SELECT hash, raw FROM redemption_version WHERE nonce = ? ORDER BY rowid");
    return this.#db
      .prepare("SELECT * FROM redemption ORDER BY nonce")
      .all()
      .map((row) => {
        const nonce = integer(row, "nonce");
        return {
          nonce,
          kind: kindOf(row),
          gas: amount(row, "gas"),
          fees: { maxFee: amount(row, "max_fee"), priorityFee: amount(row, "priority_fee") },
          versions: versions.all(nonce).map((version) => ({ hash: text(version, "hash"), raw: text(version, "raw") })),
          sentAt: integer(row, "sent_at"),
          blockHash: textOrNull(row, "block_hash"),
        };
      });
  }

  carried(nonce: number): StoredWinner[] {
    return this.#db.prepare("SELECT * FROM winner WHERE nonce = ? ORDER BY rowid").all(nonce).map(toWinner);
  }

  underway(): ReadonlyMap<string, bigint> {
    const sums = new Map<string, bigint>();
    const rows = this.#db
      .prepare(
        "SELECT sender, face_value FROM winner JOIN redemption USING (nonce) " +
          "WHERE block_hash IS NULL AND kind IN ('redeem', 'settle')",
      )
      .all();
    for (const row of rows) {
      const sender = text(row, "sender");
      sums.set(sender, (sums.get(sender) ?? 0n) + amount(row, "face_value"));
    }
    return sums;
  }

  record(transaction: Omit<StoredTransaction, "blockHash">, digests: readonly string[]): void {
    const { nonce, kind, gas, fees, versions, sentAt } = transaction;
    this.#db.transaction("durable", () => {
      this.#db
        .prepare("INSERT INTO redemption (nonce, kind, gas, max_fee, priority_fee, sent_at) VALUES (?, ?, ?, ?, ?, ?)")
        .run(nonce, kind, gas.toString(), fees.maxFee.toString(), fees.priorityFee.toString(), sentAt);
      for (const version of versions) this.#addVersion(nonce, version);
      const attach = this.#db.prepare(
        "UPDATE winner SET nonce = ?, sent_in = ?, reason = NULL " +
          "WHERE digest = ? AND nonce IS NULL AND status IN ('pending', 'claimed')",
      );
      for (const digest of digests) {
        if (attach.run(nonce, versions.at(-1)?.hash ?? null, digest).changes !== 1) {
          throw new Error(`winner ${digest} is in another transaction or redeemed`);
        }
      }
    });
  }

  replace(nonce: number, version: SignedTransaction, fees: Fees, sentAt: number): void {
    this.#db.transaction("durable", () => {
      this.#addVersion(nonce, version);
      this.#db
        .prepare("UPDATE redemption SET max_fee = ?, priority_fee = ?, sent_at = ? WHERE nonce = ?")
        .run(fees.maxFee.toString(), fees.priorityFee.toString(), sentAt, nonce);
      this.#db.prepare("UPDATE winner SET sent_in = ? WHERE nonce = ?").run(version.hash, nonce);
    });
  }

  include(nonce: number, hash: string, { blockHash, done }: Inclusion): void {
    this.#db.transaction("durable", () => {
      const { changes } = this.#db
        .prepare("UPDATE redemption SET block_hash = ? WHERE nonce = ?")
        .run(blockHash, nonce);
      if (changes !== 1) throw new Error(`there is no transaction with nonce ${nonce}`);
      this.#db.prepare("UPDATE winner SET status = 'pending' WHERE nonce = ? AND status = 'included'").run(nonce);
      this.#db.prepare("UPDATE winner SET sent_in = ? WHERE nonce = ?").run(hash, nonce);
      const pay = this.#db.prepare(
        "UPDATE winner SET status = 'included' WHERE nonce = ? AND digest = ? AND status = 'pending'",
      );
      if (this.#kind(nonce) !== "redeem") return;
      for (const winner of this.#doneOf(nonce, done)) pay.run(nonce, winner.digest);
    });
  }

  exclude(nonce: number, sentAt: number): void {
    this.#db.transaction("durable", () => {
      this.#db.prepare("UPDATE redemption SET block_hash = NULL, sent_at = ? WHERE nonce = ?").run(sentAt, nonce);
      this.#db.prepare("UPDATE winner SET status = 'pending' WHERE nonce = ? AND status = 'included'").run(nonce);
    });
  }

  finish(nonce: number, inclusion: Inclusion | null): StoredWinner[] {
    return this.#db.transaction("durable", () => {
      const digests = this.carried(nonce).map(({ digest }) => digest);
      const status = this.#kind(nonce) === "claim" ? "claimed" : "redeemed";
      const settle = this.#db.prepare("UPDATE winner SET status = ?, reason = NULL, nonce = NULL WHERE digest = ?");
      for (const winner of this.#doneOf(nonce, inclusion?.done ?? [])) settle.run(status, winner.digest);
      this.#db.prepare("UPDATE winner SET status = 'pending' WHERE nonce = ? AND status = 'included'").run(nonce);
      this.#db.prepare("UPDATE winner SET nonce = NULL WHERE nonce = ?").run(nonce);
      this.#db.prepare("DELETE FROM redemption WHERE nonce = ?").run(nonce);
      const read = this.#db.prepare("SELECT * FROM winner WHERE digest = ?");
      return digests.flatMap((digest) => read.all(digest).map(toWinner));
    });
  }

  #kind(nonce: number): RedemptionKind | null {
    const row = this.#db.prepare("SELECT kind FROM redemption WHERE nonce = ?").get(nonce);
    return row === undefined ? null : kindOf(row);
  }

  #doneOf(nonce: number, done: readonly string[]): StoredWinner[] {
    const keys = new Set(done);
    return this.carried(nonce).filter(({ ticket }) => keys.has(commitmentKey(ticket)));
  }

  #addVersion(nonce: number, { hash, raw }: SignedTransaction): void {
    this.#db.prepare("INSERT INTO redemption_version (hash, nonce, raw) VALUES (?, ?, ?)").run(hash, nonce, raw);
  }

  #update(assignments: string, values: (string | number)[], digest: string): void {
    this.#db.transaction("durable", () => {
      this.#db
        .prepare(
          `UPDATE winner SET ${assignments} WHERE digest = ? AND nonce IS NULL AND status IN ('pending', 'claimed')`,
        )
        .run(...values, digest);
    });
  }
}

function faceValues(rows: readonly Row[]): bigint {
  return rows.reduce((sum, row) => sum + amount(row, "face_value"), 0n);
}

function kindOf(row: Row): RedemptionKind {
  const kind = text(row, "kind");
  if (kind !== "redeem" && kind !== "claim" && kind !== "settle") throw new TypeError("unknown kind");
  return kind;
}

const STATUSES: ReadonlySet<string> = new Set<WinnerStatus>(["pending", "included", "claimed", "redeemed", "expired"]);

function isStatus(status: string): status is WinnerStatus {
  return STATUSES.has(status);
}

function toWinner(row: Row): StoredWinner {
  const status = text(row, "status");
  if (!isStatus(status)) throw new TypeError("unknown status");
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
