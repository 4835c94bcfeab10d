import type { Logger } from "pino";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { PeerClient } from "../net/client.ts";
import { QUOTE_PATH, quoteAnswerSchema, type QuoteRequest } from "../net/wire.ts";
import { comparePrices } from "../pm/price.ts";
import { describeIssues } from "../pm/schema.ts";
import type { Sender } from "../pm/interface.ts";
import type { Listing, Quote } from "./interface.ts";

const MAX_QUOTE_BYTES = 65_536;

export interface QuoteOptions {
  /** The broadcaster's address. */
  readonly sender: string;
  readonly service: string;
  /** How long an orchestrator has to answer [ms]. */
  readonly timeoutMs: number;
}

export interface QuoteModules {
  readonly client: PeerClient;
  readonly sender: Sender;
  readonly log: Logger;
}

/**
 * Asks one orchestrator for a quote and opens a payment session on it.
 * @throws StreamflowError the orchestrator's own refusal, PeerFailed, or what the sender's policy says against the quote
 */
export async function askQuote(
  listing: Listing,
  options: QuoteOptions,
  { client, sender }: QuoteModules,
): Promise<Quote> {
  const begun = performance.now();
  const question: QuoteRequest = { sender: options.sender, service: options.service };
  const { body } = await client.post({
    url: new URL(QUOTE_PATH, listing.url),
    body: JSON.stringify(question),
    contentType: "application/json",
    signal: AbortSignal.timeout(options.timeoutMs),
    maxBytes: MAX_QUOTE_BYTES,
  });
  const responseMs = performance.now() - begun;
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new StreamflowError("PeerFailed", `${listing.url.origin} sent a quote that is not JSON`, {}, { cause });
  }
  const answer = quoteAnswerSchema.safeParse(json);
  if (!answer.success)
    throw new StreamflowError(
      "PeerFailed",
      `${listing.url.origin} sent an invalid quote: ${describeIssues(answer.error)}`,
    );
  const session = await sender.startSession(answer.data.params, listing.orchestrator);
  return { listing, capacity: answer.data.capacity, session, responseMs };
}

/** Asks all in parallel; those who answer acceptably come back, the cheapest first and among equals the quickest. */
export async function collectQuotes(
  listings: readonly Listing[],
  options: QuoteOptions,
  modules: QuoteModules,
): Promise<{ quotes: Quote[]; refusals: StreamflowError[] }> {
  const answers = await Promise.allSettled(listings.map((listing) => askQuote(listing, options, modules)));
  const quotes: Quote[] = [];
  const refusals: StreamflowError[] = [];
  answers.forEach((answer, index) => {
    if (answer.status === "fulfilled") return quotes.push(answer.value);
    const error = asStreamflowError(answer.reason);
    modules.log.warn(
      { orchestrator: listings[index]?.orchestrator, code: error.code, detail: error.message },
      "no quote",
    );
    return refusals.push(error);
  });
  quotes.sort(
    (a, b) => comparePrices(a.session.params.terms.price, b.session.params.terms.price) || a.responseMs - b.responseMs,
  );
  return { quotes, refusals };
}
