import type { FastifyInstance } from "fastify";
import { StreamflowError } from "../errors.ts";
import { deadlineOf } from "../net/deadline.ts";
import { decodeForm } from "../net/form.ts";
import { RateLimit } from "../net/rate-limit.ts";
import { peerOf, tooMany } from "../net/traffic.ts";
import { QUOTE_PATH, SEGMENT_PATH, STATUS_PATH } from "../net/wire.ts";
import type { SegmentSeller } from "./segment-seller.ts";

/** What is behind the interface. */
export type Shop = Pick<SegmentSeller, "quote" | "segment" | "status">;

export interface RoutesOptions {
  /** {1} For one broadcaster from one peer. A question is not signed, so it is not counted against a broadcaster who asks from elsewhere. */
  readonly quotesPerMinute?: number;
  /** {ms} For a segment, from when it is there. */
  readonly longestMs?: number;
}

/** The orchestrator's HTTP interface. */
export function orchestratorRoutes(
  server: FastifyInstance,
  seller: Shop,
  { quotesPerMinute = 240, longestMs = 30_000 }: RoutesOptions = {},
): void {
  const questions = new RateLimit({ most: quotesPerMinute, everyMs: 60_000 });
  server.post(QUOTE_PATH, { bodyLimit: 4_096 }, (request) => {
    const waitMs = questions.take(`${peerOf(request.ip)} ${senderOf(request.body)}`);
    if (waitMs > 0) throw tooMany(`more than ${quotesPerMinute} questions in a minute`, waitMs);
    return seller.quote(request.body);
  });

  server.post(SEGMENT_PATH, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) throw new StreamflowError("RequestInvalid", "expected multipart/form-data");
    const deadline = deadlineOf(request, reply, longestMs);
    const form = decodeForm(request.body, request.headers["content-type"] ?? "");
    const { body, contentType } = await seller.segment(form, deadline);
    return reply.type(contentType).send(body);
  });

  server.get(STATUS_PATH, () => seller.status());
}

/** Whom a question is for; all that name nobody count together. */
function senderOf(body: unknown): string {
  const { sender } = (body ?? {}) as { readonly sender?: unknown };
  return typeof sender === "string" && sender.length === 42 ? sender.toLowerCase() : "";
}
