import type { FastifyInstance } from "fastify";
import { StreamflowError } from "../errors.ts";
import { decodeForm } from "../net/form.ts";
import { QUOTE_PATH, SEGMENT_PATH, STATUS_PATH } from "../net/wire.ts";
import type { SegmentSeller } from "./segment-seller.ts";

/** What is behind the interface. */
export type Shop = Pick<SegmentSeller, "quote" | "segment" | "status">;

/** The orchestrator's HTTP interface. */
export function orchestratorRoutes(server: FastifyInstance, seller: Shop): void {
  server.post(QUOTE_PATH, { bodyLimit: 4_096 }, (request) => seller.quote(request.body));

  server.post(SEGMENT_PATH, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) throw new StreamflowError("RequestInvalid", "expected multipart/form-data");
    const form = decodeForm(request.body, request.headers["content-type"] ?? "");
    const { body, contentType } = await seller.segment(form);
    return reply.type(contentType).send(body);
  });

  server.get(STATUS_PATH, () => seller.status());
}
