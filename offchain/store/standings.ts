import type { StatementSync } from "node:sqlite";
import { z } from "zod";
import type { StandingRows } from "../discovery/history/interface.ts";
import { PACE_BUCKETS } from "../discovery/history/pace.ts";
import type { Standing } from "../discovery/history/standing.ts";
import { type Database, integer, real, type Row, text } from "./database.ts";

const failuresSchema = z.record(z.string(), z.number());

/** The table of histories. */
export class SqliteStandings implements StandingRows {
  readonly #db: Database;
  readonly #put: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare(
      "INSERT INTO standing (orchestrator, good, failures, paces, at, strikes, suspended_until, probation) VALUES (?, ?, ?, ?, ?, ?, ?, ?) " +
        "ON CONFLICT (orchestrator) DO UPDATE SET good = excluded.good, failures = excluded.failures, paces = excluded.paces, at = excluded.at, " +
        "strikes = excluded.strikes, suspended_until = excluded.suspended_until, probation = excluded.probation",
    );
  }

  all(): Standing[] {
    return this.#db
      .prepare("SELECT orchestrator, good, failures, paces, at, strikes, suspended_until, probation FROM standing")
      .all()
      .map(standingOf);
  }

  put({ orchestrator, good, failures, paces, at, strikes, suspendedUntil, probation }: Standing): void {
    const histogram = new Uint8Array(paces.buffer, paces.byteOffset, paces.byteLength);
    this.#db.transaction("light", () => {
      this.#put.run(orchestrator, good, JSON.stringify(failures), histogram, at, strikes, suspendedUntil, probation);
    });
  }

  trim(most: number): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "DELETE FROM standing WHERE orchestrator NOT IN (SELECT orchestrator FROM standing ORDER BY at DESC LIMIT ?)",
        )
        .run(most);
    });
  }
}

function standingOf(row: Row): Standing {
  const blob = row["paces"];
  if (!(blob instanceof Uint8Array) || blob.byteLength !== PACE_BUCKETS * Float32Array.BYTES_PER_ELEMENT)
    throw new TypeError("column paces holds no histogram");
  const failures = text(row, "failures");
  return {
    orchestrator: text(row, "orchestrator"),
    good: real(row, "good"),
    failures: failures === "{}" ? {} : failuresSchema.parse(JSON.parse(failures)),
    paces: new Float32Array(blob.slice().buffer),
    at: integer(row, "at"),
    strikes: real(row, "strikes"),
    suspendedUntil: integer(row, "suspended_until"),
    probation: integer(row, "probation"),
  };
}
