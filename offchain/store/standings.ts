import type { StatementSync } from "node:sqlite";
import { z } from "zod";
import type { StandingRows } from "../discovery/history/interface.ts";
import { PACE_BUCKETS, type PaceCounts } from "../discovery/history/pace.ts";
import type { Standing } from "../discovery/history/standing.ts";
import { type Database, readAll } from "./database.ts";

const failuresSchema = z.record(z.string(), z.number());

/** The table of histories. */
export class SqliteStandings implements StandingRows {
  readonly #db: Database;
  readonly #put: StatementSync;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare(
      "INSERT INTO standing (orchestrator, good, failures, live_paces, file_paces, at, strikes, suspended_until, probation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) " +
        "ON CONFLICT (orchestrator) DO UPDATE SET good = excluded.good, failures = excluded.failures, live_paces = excluded.live_paces, file_paces = excluded.file_paces, at = excluded.at, " +
        "strikes = excluded.strikes, suspended_until = excluded.suspended_until, probation = excluded.probation",
    );
  }

  all(): Standing[] {
    const columns = "orchestrator, good, failures, live_paces, file_paces, at, strikes, suspended_until, probation";
    return readAll<StandingRow>(this.#db, columns, "standing").map(standingOf);
  }

  put({ orchestrator, good, failures, paces, at, strikes, suspendedUntil, probation }: Standing): void {
    const histograms = [bytesOf(paces.live), bytesOf(paces.file)] as const;
    this.#db.transaction("light", () => {
      this.#put.run(
        orchestrator,
        good,
        JSON.stringify(failures),
        ...histograms,
        at,
        strikes,
        suspendedUntil,
        probation,
      );
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

/** The columns in the order in which they are read; the table is STRICT. */
type StandingRow = readonly [
  orchestrator: string,
  good: number,
  failures: string,
  livePaces: Uint8Array,
  filePaces: Uint8Array,
  at: number,
  strikes: number,
  suspendedUntil: number,
  probation: number,
];

function standingOf([
  orchestrator,
  good,
  failures,
  live,
  file,
  at,
  strikes,
  suspendedUntil,
  probation,
]: StandingRow): Standing {
  return {
    ...{ orchestrator, good, at, strikes, suspendedUntil, probation },
    paces: { live: countsOf(live), file: countsOf(file) },
    failures: failures === "{}" ? {} : failuresSchema.parse(JSON.parse(failures)),
  };
}

const bytesOf = (counts: PaceCounts) => new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength);

// Every value comes in a buffer of its own.
const countsOf = (bytes: Uint8Array): PaceCounts => new Float32Array(bytes.buffer, bytes.byteOffset, PACE_BUCKETS);
