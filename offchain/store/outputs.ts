import type { OpenOutput, OutputRows } from "../live/outputs.ts";
import { type Database, integer, text } from "./database.ts";

/** The table of live streams whose output is not closed yet. */
export class SqliteOutputs implements OutputRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(): OpenOutput[] {
    return this.#db
      .prepare("SELECT base, name, stream, master, variants, segments, recorded, ended FROM live_output ORDER BY base")
      .all()
      .map((row) => ({
        base: text(row, "base"),
        name: text(row, "name"),
        stream: text(row, "stream"),
        master: text(row, "master"),
        variants: text(row, "variants").split(","),
        window: integer(row, "segments"),
        isRecorded: integer(row, "recorded") === 1,
        isEnded: integer(row, "ended") === 1,
      }));
  }

  put({ base, name, stream, master, variants, window, isRecorded, isEnded }: OpenOutput): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "INSERT OR REPLACE INTO live_output (base, name, stream, master, variants, segments, recorded, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .run(base, name, stream, master, variants.join(","), window, isRecorded ? 1 : 0, isEnded ? 1 : 0);
    });
  }

  markEnded(base: string): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("UPDATE live_output SET ended = 1 WHERE base = ?").run(base);
    });
  }

  drop(base: string): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("DELETE FROM live_output WHERE base = ?").run(base);
    });
  }
}
