import type { StatementSync } from "node:sqlite";
import type { EvidenceRows, KeptBytes, Region, SignedWork } from "../verification/evidence/interface.ts";
import { parseOrder, parseReceipt, receiptToWire, segmentToWire } from "../verification/messages.ts";
import { type Database, integer, type Row, text } from "./database.ts";

/** What no open dispute is about. */
const FREE =
  "NOT EXISTS (SELECT 1 FROM dispute WHERE dispute.digest = work.digest AND outcome IS NULL AND digest IS NOT NULL)";

/** The tables of what a dispute would need. */
export class SqliteEvidence implements EvidenceRows {
  readonly #db: Database;
  readonly #addWork: StatementSync;
  readonly #addBytes: StatementSync;
  readonly #rootsOf: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#addWork = db.prepare(
      "INSERT INTO work (digest, signed_order, signed_receipt, signed_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#addBytes = db.prepare(
      "INSERT INTO kept_bytes (digest, root, region, size, file, offset) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#rootsOf = db.prepare("SELECT root FROM kept_bytes WHERE digest = ?");
  }

  add(digest: string, { order, receipt }: SignedWork, bytes: readonly KeptBytes[]): void {
    this.#db.transaction("light", () => {
      this.#addWork.run(
        digest,
        JSON.stringify(segmentToWire(order)),
        JSON.stringify(receiptToWire(receipt)),
        receipt.receipt.timestamp,
      );
      for (const { root, region, size, file, offset } of bytes)
        this.#addBytes.run(digest, root, region, size, file, offset);
    });
  }

  bytes(root: string): KeptBytes | null {
    const row = this.#db
      .prepare("SELECT root, region, size, file, offset FROM kept_bytes WHERE root = ? LIMIT 1")
      .get(root);
    return row === undefined
      ? null
      : {
          ...{ root: text(row, "root"), region: text(row, "region") as Region, size: integer(row, "size") },
          ...{ file: text(row, "file"), offset: integer(row, "offset") },
        };
  }

  files(): ReadonlyMap<string, number> {
    return sizesOf(this.#db.prepare("SELECT file, max(offset + size) AS size FROM kept_bytes GROUP BY file").all());
  }

  rootsOf(digest: string): string[] {
    return this.#rootsOf.all(digest).map((row) => text(row, "root"));
  }

  digests(): string[] {
    return this.#db
      .prepare("SELECT digest FROM work")
      .all()
      .map((row) => text(row, "digest"));
  }

  work(digest: string): SignedWork | null {
    const row = this.#db.prepare("SELECT signed_order, signed_receipt FROM work WHERE digest = ?").get(digest);
    if (row === undefined) return null;
    return {
      order: parseOrder(JSON.parse(text(row, "signed_order"))),
      receipt: parseReceipt(JSON.parse(text(row, "signed_receipt"))),
    };
  }

  oldest(): { digest: string; signedAt: number } | null {
    const row = this.#db
      .prepare(`SELECT digest, signed_at FROM work WHERE ${FREE} ORDER BY signed_at, digest LIMIT 1`)
      .get();
    return row === undefined ? null : { digest: text(row, "digest"), signedAt: integer(row, "signed_at") };
  }

  drop(digest: string): ReadonlyMap<string, number> {
    return this.#db.transaction("light", () => {
      const mine = this.#db
        .prepare(
          "SELECT file, max(offset + size) AS size FROM kept_bytes AS mine WHERE digest = ? " +
            "AND NOT EXISTS (SELECT 1 FROM kept_bytes WHERE kept_bytes.file = mine.file AND kept_bytes.digest <> mine.digest) GROUP BY file",
        )
        .all(digest);
      this.#db.prepare("DELETE FROM work WHERE digest = ?").run(digest);
      return sizesOf(mine);
    });
  }
}

function sizesOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row) => [text(row, "file"), integer(row, "size")]));
}
