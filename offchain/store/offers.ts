import type { Offer, OfferChange, OfferRows } from "../discovery/offer.ts";
import type { ErrorCode } from "../errors.ts";
import { type Database, readAll, textOrNull } from "./database.ts";

/** The table of offers. */
export class SqliteOffers implements OfferRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(service: string): Offer[] {
    return readAll<OfferRow>(
      this.#db,
      "orchestrator, uri, stake, regions, price_numerator, price_denominator, capacity, valid_until, response_ms, quoted_at, asked_at, refusal, refusals",
      "offer WHERE service = ?",
      service,
    ).map(offerOf);
  }

  quote(service: string, orchestrator: string): string | null {
    const row = this.#db
      .prepare("SELECT quote FROM offer_quote WHERE service = ? AND orchestrator = ?")
      .get(service, orchestrator);
    return row === undefined ? null : textOrNull(row, "quote");
  }

  change(service: string, changes: readonly OfferChange[]): void {
    const put = this.#db.prepare(
      "INSERT INTO offer (service, orchestrator, uri, stake, regions, price_numerator, price_denominator, capacity, valid_until, response_ms, quoted_at, asked_at, refusal, refusals) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, orchestrator) DO UPDATE SET uri = excluded.uri, stake = excluded.stake, " +
        "regions = excluded.regions, price_numerator = excluded.price_numerator, price_denominator = excluded.price_denominator, capacity = excluded.capacity, " +
        "valid_until = excluded.valid_until, response_ms = excluded.response_ms, quoted_at = excluded.quoted_at, asked_at = excluded.asked_at, " +
        "refusal = excluded.refusal, refusals = excluded.refusals",
    );
    const putQuote = this.#db.prepare(
      "INSERT OR REPLACE INTO offer_quote (service, orchestrator, quote) VALUES (?, ?, ?)",
    );
    const drops = ["offer", "offer_quote"].map((table) =>
      this.#db.prepare(`DELETE FROM ${table} WHERE service = ? AND orchestrator = ?`),
    );
    // What is lost with the power is asked again.
    this.#db.transaction("light", () => {
      for (const change of changes) {
        if (change.kind === "drop") {
          for (const drop of drops) drop.run(service, change.orchestrator);
          continue;
        }
        put.run(service, ...valuesOf(change.offer));
        if (change.quote !== undefined) putQuote.run(service, change.offer.orchestrator, change.quote);
      }
    });
  }
}

function valuesOf({ orchestrator, uri, stake, regions, quoted, askedAt, refusal, refusals }: Offer) {
  const cells = regions.map((cell) => cell.toString(16)).join(",");
  const figures =
    quoted === null
      ? [null, null, null, null, null, null]
      : [
          quoted.price.numerator.toString(),
          quoted.price.denominator.toString(),
          quoted.capacity,
          quoted.validUntil,
          quoted.responseMs,
          quoted.at,
        ];
  return [orchestrator, uri, stake.toString(), cells, ...figures, askedAt, refusal, refusals];
}

/** The columns in the order in which they are read; the table is STRICT. */
type OfferRow = readonly [
  orchestrator: string,
  uri: string,
  stake: string,
  regions: string,
  numerator: string | null,
  denominator: string | null,
  capacity: number | null,
  validUntil: number | null,
  responseMs: number | null,
  quotedAt: number | null,
  askedAt: number,
  refusal: string | null,
  refusals: number,
];

function offerOf(row: OfferRow): Offer {
  const [orchestrator, uri, stake, cells, numerator, denominator, capacity, validUntil, responseMs, at] = row;
  const [askedAt, refusal, refusals] = [row[10], row[11] as ErrorCode | null, row[12]];
  return {
    ...{ orchestrator, uri, askedAt, refusal, refusals },
    stake: BigInt(stake),
    regions: cells === "" ? [] : cells.split(",").map((cell) => BigInt(`0x${cell}`)),
    quoted:
      numerator === null || denominator === null || at === null
        ? null
        : {
            price: { numerator: BigInt(numerator), denominator: BigInt(denominator) },
            ...{ capacity: capacity ?? 1, validUntil: validUntil ?? 0, responseMs: responseMs ?? 0, at },
          },
  };
}
