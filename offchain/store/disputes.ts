import { z } from "zod";
import { decimalSchema, safeIntegerSchema } from "../pm/schema.ts";
import type { About, DisputeRows, MadeClaim, Role, StoredDispute } from "../verification/agents/interface.ts";
import { evidenceToWire, parseEvidence } from "../verification/evidence/evidence.ts";
import { type Database, integer, type Row, text, textOrNull } from "./database.ts";

const number = decimalSchema(256);
const madeSchema = z.object({
  id: z.string(),
  claim: z.object({
    service: z.string(),
    program: z.string(),
    listRoot: z.string(),
    orchestrator: z.string(),
    challenger: z.string(),
    faultRound: number,
    openedAt: number,
    clock: number,
    depth: number,
    gasPriceCap: number,
    slashFraction: number,
    bond: number,
    defenceBond: number,
  }),
  list: z.array(z.string()),
  block: safeIntegerSchema,
});

/** The tables of disputes. */
export class SqliteDisputes implements DisputeRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  plan(id: string, { digest, evidence }: About): void {
    // An accusation that is lost is lost money; what was read from the chain can be read again.
    this.#db.transaction("durable", () => {
      this.#db
        .prepare(
          "INSERT INTO dispute (id, role, digest, evidence) VALUES (?, 'challenger', ?, ?) ON CONFLICT DO NOTHING",
        )
        .run(id, digest, JSON.stringify(evidenceToWire(evidence)));
    });
  }

  made(made: MadeClaim, role: Role, about: About | null): void {
    const claim = JSON.stringify(made, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
    const evidence = about === null ? null : JSON.stringify(evidenceToWire(about.evidence));
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "INSERT INTO dispute (id, role, digest, evidence, claim) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET " +
            "claim = excluded.claim, digest = coalesce(digest, excluded.digest), evidence = coalesce(evidence, excluded.evidence)",
        )
        .run(made.id, role, about?.digest ?? null, evidence, claim);
    });
  }

  joined(id: string, defender: string): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "INSERT INTO dispute_game (id, defender) SELECT id, ? FROM dispute WHERE id = ? ON CONFLICT DO NOTHING",
        )
        .run(defender, id);
    });
  }

  get(id: string): StoredDispute | null {
    const row = this.#db.prepare("SELECT id, role, evidence, claim FROM dispute WHERE id = ?").get(id);
    return row === undefined ? null : this.#disputeOf(row);
  }

  open(): StoredDispute[] {
    return this.#db
      .prepare("SELECT id, role, evidence, claim FROM dispute WHERE outcome IS NULL ORDER BY rowid")
      .all()
      .map((row) => this.#disputeOf(row));
  }

  close(id: string, outcome: string): void {
    this.#db.transaction("light", () => {
      this.#db.prepare("UPDATE dispute SET outcome = ? WHERE id = ?").run(outcome, id);
    });
  }

  cursor(): number | null {
    const row = this.#db.prepare("SELECT block FROM dispute_cursor").get();
    return row === undefined ? null : integer(row, "block");
  }

  setCursor(block: number): void {
    this.#db.transaction("light", () => {
      this.#db
        .prepare(
          "INSERT INTO dispute_cursor (one, block) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET block = excluded.block",
        )
        .run(block);
    });
  }

  #disputeOf(row: Row): StoredDispute {
    const id = text(row, "id");
    const evidence = textOrNull(row, "evidence");
    const claim = textOrNull(row, "claim");
    return {
      id,
      role: text(row, "role") as Role,
      evidence: evidence === null ? null : parseEvidence(JSON.parse(evidence)),
      made: claim === null ? null : madeSchema.parse(JSON.parse(claim)),
      defenders: this.#db
        .prepare("SELECT defender FROM dispute_game WHERE id = ?")
        .all(id)
        .map((game) => text(game, "defender")),
    };
  }
}
