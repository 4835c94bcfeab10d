import type { Offer, OfferChange, OfferRows } from "../discovery/offer.ts";
import type { ErrorCode } from "../errors.ts";
import { amount, type Database, integer, real, type Row, text, textOrNull } from "./database.ts";

/** The table of offers. */
export class SqliteOffers implements OfferRows {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(service: string): Offer[] {
    return this.#db
      .prepare(
        "SELECT orchestrator, uri, stake, regions, price_numerator, price_denominator, capacity, valid_until, response_ms, quoted_at, asked_at, refusal, refusals " +
          "FROM offer WHERE service = ?",
      )
      .all(service)
      .map(offerOf);
  }

  quote(service: string, orchestrator: string): string | null {
    const row = this.#db
      .prepare("SELECT quote FROM offer WHERE service = ? AND orchestrator = ?")
      .get(service, orchestrator);
    return row === undefined ? null : textOrNull(row, "quote");
  }

  change(service: string, changes: readonly OfferChange[]): void {
    const put = this.#db.prepare(
      "INSERT INTO offer (service, orchestrator, uri, stake, regions, price_numerator, price_denominator, capacity, valid_until, response_ms, quoted_at, asked_at, refusal, refusals, quote) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (service, orchestrator) DO UPDATE SET uri = excluded.uri, stake = excluded.stake, " +
        "regions = excluded.regions, price_numerator = excluded.price_numerator, price_denominator = excluded.price_denominator, capacity = excluded.capacity, " +
        "valid_until = excluded.valid_until, response_ms = excluded.response_ms, quoted_at = excluded.quoted_at, asked_at = excluded.asked_at, " +
        "refusal = excluded.refusal, refusals = excluded.refusals, quote = coalesce(excluded.quote, quote)",
    );
    const drop = this.#db.prepare("DELETE FROM offer WHERE service = ? AND orchestrator = ?");
    // What is lost with the power is asked again.
    this.#db.transaction("light", () => {
      for (const change of changes) {
        if (change.kind === "drop") drop.run(service, change.orchestrator);
        else put.run(service, ...valuesOf(change.offer), change.quote ?? null);
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

function offerOf(row: Row): Offer {
  const cells = text(row, "regions");
  return {
    orchestrator: text(row, "orchestrator"),
    uri: text(row, "uri"),
    stake: amount(row, "stake"),
    regions: cells === "" ? [] : cells.split(",").map((cell) => BigInt(`0x${cell}`)),
    quoted:
      row["quoted_at"] === null
        ? null
        : {
            price: { numerator: amount(row, "price_numerator"), denominator: amount(row, "price_denominator") },
            capacity: integer(row, "capacity"),
            validUntil: integer(row, "valid_until"),
            responseMs: real(row, "response_ms"),
            at: integer(row, "quoted_at"),
          },
    askedAt: integer(row, "asked_at"),
    refusal: textOrNull(row, "refusal") as ErrorCode | null,
    refusals: integer(row, "refusals"),
  };
}
