import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { PeerClient } from "../net/client.ts";
import { QUOTE_PATH, type QuoteRequest } from "../net/wire.ts";
import type { Randomness, Sender } from "../pm/interface.ts";
import { inParallel } from "../pm/parallel.ts";
import { ticketParamsToWire } from "../pm/quote.ts";
import type { VerificationDomain } from "../verification/interface.ts";
import type { Answered, Listing, Quote } from "./interface.ts";
import { parseQuote, verifyQuote } from "./signed-quote.ts";

const MAX_QUOTE_BYTES = 65_536;
/** Questions at a time. */
const MOST_AT_ONCE = 256;

export interface AskOptions {
  /** The broadcaster's address. */
  readonly sender: string;
  readonly service: string;
  /** In which quotes are signed. */
  readonly domain: VerificationDomain;
  /** How long an orchestrator has to answer [ms]. */
  readonly timeoutMs: number;
}

export interface AskModules {
  readonly client: Pick<PeerClient, "post">;
  readonly randomness: Randomness;
}

/**
 * Asks one orchestrator for a quote, and checks that it answers this question and is signed.
 * @throws StreamflowError the orchestrator's own refusal, PeerFailed, PeerUnverified, QuoteInvalid
 */
export async function ask(
  listing: Listing,
  { domain, timeoutMs, sender, service }: AskOptions,
  { client, randomness }: AskModules,
  signal?: AbortSignal,
): Promise<Answered> {
  const begun = performance.now();
  const question: QuoteRequest = { sender, service, nonce: `0x${Buffer.from(randomness(32)).toString("hex")}` };
  const timeout = AbortSignal.timeout(timeoutMs);
  const { body } = await client.post({
    url: new URL(QUOTE_PATH, listing.url),
    orchestrator: listing.orchestrator,
    body: JSON.stringify(question),
    contentType: "application/json",
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    maxBytes: MAX_QUOTE_BYTES,
    once: true,
  });
  const responseMs = performance.now() - begun;
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new StreamflowError("PeerFailed", `${listing.url.origin} sent a quote that is not JSON`, {}, { cause });
  }
  const signed = parseQuote(json);
  verifyQuote(signed, { ...question, orchestrator: listing.orchestrator }, domain);
  return { listing, signed, responseMs };
}

/**
 * Opens a payment session on a quote.
 * @throws StreamflowError what the sender's policy says against it: PriceTooHigh, TicketParamsExpired, …
 */
export async function openSession(answered: Answered, sender: Pick<Sender, "startSession">): Promise<Quote> {
  const { orchestrator, params } = answered.signed.quote;
  return { ...answered, session: await sender.startSession(ticketParamsToWire(params), orchestrator) };
}

export interface GatherModules {
  readonly ask: (listing: Listing) => Promise<Answered>;
  readonly onAnswer: (answered: Answered) => void;
  readonly onRefusal: (listing: Listing, error: StreamflowError) => void;
}

/**
 * Asks many at a time. Resolves when all have answered or refused; else after `gatherMs`, if somebody has answered by then; else with the
 * first answer. Those who are late are still heard.
 */
export async function gather(
  listings: readonly Listing[],
  gatherMs: number,
  { ask, onAnswer, onRefusal }: GatherModules,
): Promise<void> {
  const first = Promise.withResolvers<void>();
  const all = inParallel(
    listings,
    async (listing) => {
      let answered: Answered;
      try {
        answered = await ask(listing);
      } catch (thrown) {
        return onRefusal(listing, asStreamflowError(thrown));
      }
      onAnswer(answered);
      first.resolve();
    },
    MOST_AT_ONCE,
  );
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, gatherMs)));
  try {
    await Promise.race([all, deadline.then(() => first.promise)]);
  } finally {
    clearTimeout(timer);
  }
}
