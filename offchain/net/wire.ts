import { z } from "zod";
import { renditionSchema } from "../media/ladder.ts";

/**
 * The requests between broadcaster and orchestrator, version 1. Tickets, quotes, orders and receipts have their schemas where they are
 * defined; here they are `unknown` until those modules have looked at them.
 */
export const QUOTE_PATH = "/v1/quote";
export const SEGMENT_PATH = "/v1/segment";
export const POOL_PATH = "/v1/pool";
/** Followed by the id of a piece of work: where a queue's transcoders get it and bring back what they made. */
export const WORK_PATH = "/v1/work/";
export const STATUS_PATH = "/v1/status";
/** The statement of the server's key (LIP-11). */
export const SERVER_KEY_PATH = "/v1/server-key";
/** Followed by a root: the bytes that are kept by it. */
export const SEGMENTS_PATH = "/segments/";

export const quoteRequestSchema = z.strictObject({
  sender: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  /** bytes32 identifier of the service wanted. */
  service: z.string().regex(/^0x[0-9a-f]{64}$/),
  /** bytes32, new for every question. */
  nonce: z.string().regex(/^0x[0-9a-f]{64}$/),
});

/** JSON parts of a segment request; its file part is `media`. */
export const segmentRequestSchema = z.strictObject({
  /** Signed order. */
  order: z.unknown(),
  renditions: z.array(renditionSchema).min(1).max(16),
  payment: z.unknown(),
});

/** JSON parts of the answer; its file parts are `rendition`, each named after its rendition. */
export const segmentAnswerSchema = z.object({
  /** Signed receipt. */
  receipt: z.unknown(),
  /** Signed quote for the segments that follow; null: none at present. */
  quote: z.unknown(),
});

export type QuoteRequest = z.infer<typeof quoteRequestSchema>;

/** What an orchestrator says of itself to whoever runs it; amounts in wei as decimal strings. */
export const statusSchema = z.object({
  orchestrator: z.string(),
  /** Whether it sells: not while its stake is not active. */
  selling: z.boolean(),
  capacity: z.int(),
  /** Questions that were answered with a quote; renewals do not count. */
  quotes: z.int(),
  segments: z.int(),
  tickets: z.object({
    received: z.int(),
    won: z.int(),
    pending: z.int(),
    redeemed: z.int(),
    expired: z.int(),
  }),
});
export type Status = z.infer<typeof statusSchema>;
