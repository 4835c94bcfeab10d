import type { EvidenceRows, KeptFile, Region, SignedWork } from "../verification/evidence/interface.ts";
import { parseOrder, parseReceipt, receiptToWire, segmentToWire } from "../verification/messages.ts";
import { type Database, integer, type Row, text } from "./database.ts";

/** What no open dispute is about. */
const FREE =
  "NOT EXISTS (SELECT 1 FROM dispute WHERE dispute.digest = work.digest AND outcome IS NULL AND digest IS NOT NULL)";

/** The tables of what a dispute would need. */
export class SqliteEvidence implements EvidenceRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  add(digest: string, { order, receipt }: SignedWork, files: readonly KeptFile[]): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "INSERT INTO work (digest, signed_order, signed_receipt, signed_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .run(
          digest,
          JSON.stringify(segmentToWire(order)),
          JSON.stringify(receiptToWire(receipt)),
          receipt.receipt.timestamp,
        );
      for (const { root, region, size } of files) {
        this.#db
          .prepare("INSERT INTO segment (root, region, size) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
          .run(root, region, size);
        this.#db
          .prepare("INSERT INTO work_segment (digest, root) VALUES (?, ?) ON CONFLICT DO NOTHING")
          .run(digest, root);
      }
    });
  }

  file(root: string): KeptFile | null {
    const row = this.#db.prepare("SELECT root, region, size FROM segment WHERE root = ?").get(root);
    return row === undefined ? null : fileOf(row);
  }

  files(): KeptFile[] {
    return this.#db.prepare("SELECT root, region, size FROM segment").all().map(fileOf);
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

  drop(digest: string): KeptFile[] {
    return this.#db.transaction("light", () => {
      const mine = this.#db.prepare("SELECT root FROM work_segment WHERE digest = ?").all(digest);
      this.#db.prepare("DELETE FROM work WHERE digest = ?").run(digest);
      const release = this.#db.prepare(
        "DELETE FROM segment WHERE root = ? AND NOT EXISTS (SELECT 1 FROM work_segment WHERE work_segment.root = segment.root) " +
          "RETURNING root, region, size",
      );
      return mine.flatMap((row) => release.all(text(row, "root")).map(fileOf));
    });
  }
}

function fileOf(row: Row): KeptFile {
  return { root: text(row, "root"), region: text(row, "region") as Region, size: integer(row, "size") };
}
