import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { parseRequest } from "../net/parse.ts";
import { SEGMENTS_PATH } from "../net/wire.ts";
import { hexSchema } from "../pm/schema.ts";
import type { SegmentStore } from "../verification/evidence/segment-store.ts";

const CONTENT_TYPE = "application/octet-stream";
/** {1} Files that are read and sent at the same time: each is in memory as a whole. */
const MOST_AT_ONCE = 4;
/** {ms} In which one must have been read and sent: as long as a defender's node waits for it by default. */
const SEND_MS = 60_000;

const pathSchema = z.object({ root: hexSchema(32) });

/**
 * Serves bytes by their root to whoever defends. Errors: `RequestInvalid`, `SegmentNotFound`, `CapacityExceeded`; `EvidenceInvalid` when a file is
 * damaged. Who reads too slowly is cut off, so that it keeps nobody else from reading.
 * @param options.sendMs {ms} for one answer
 */
export function segmentRoutes(
  server: FastifyInstance,
  segments: Pick<SegmentStore, "read">,
  { sendMs = SEND_MS }: { readonly sendMs?: number } = {},
): void {
  let underWay = 0;
  server.get(`${SEGMENTS_PATH}:root`, async (request, reply) => {
    const { root } = parseRequest(pathSchema, request.params);
    if (underWay >= MOST_AT_ONCE)
      throw new StreamflowError("CapacityExceeded", `${underWay} segments are being sent`, { underWay });
    underWay += 1;
    const limit = setTimeout(() => reply.raw.destroy(), sendMs);
    reply.raw.once("close", () => {
      clearTimeout(limit);
      underWay -= 1;
    });
    return reply.type(CONTENT_TYPE).send(Buffer.from(await segments.read(root, null)));
  });
}
