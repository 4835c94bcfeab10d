import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { describeIssues, hexSchema } from "../pm/schema.ts";
import type { SegmentSource } from "../verification/agents/runs.ts";
import type { SegmentStore } from "../verification/evidence/segment-store.ts";
import { REGION_BYTES } from "../verification/root.ts";
import type { PeerClient } from "./client.ts";
import { SEGMENTS_PATH } from "./wire.ts";

const CONTENT_TYPE = "application/octet-stream";
/** {1} Files that are read and sent at the same time: each is in memory as a whole. */
const MOST_AT_ONCE = 4;

const pathSchema = z.object({ root: hexSchema(32) });

/**
 * Serves bytes by their root to whoever defends. Errors: `RequestInvalid`, `SegmentNotFound`, `CapacityExceeded`; `EvidenceInvalid` when a file is
 * damaged.
 */
export function segmentRoutes(server: FastifyInstance, segments: Pick<SegmentStore, "read">): void {
  let underWay = 0;
  server.get(`${SEGMENTS_PATH}:root`, async (request, reply) => {
    const parsed = pathSchema.safeParse(request.params);
    if (!parsed.success) throw new StreamflowError("RequestInvalid", describeIssues(parsed.error));
    if (underWay >= MOST_AT_ONCE)
      throw new StreamflowError("CapacityExceeded", `${underWay} segments are being sent`, { underWay });
    underWay += 1;
    reply.raw.once("close", () => (underWay -= 1));
    return reply.type(CONTENT_TYPE).send(Buffer.from(await segments.read(parsed.data.root, null)));
  });
}

/** Nodes that the operator has named, asked for bytes one after the other. What they send is the caller's to check. */
export class PeerSegments implements SegmentSource {
  readonly #peers: readonly URL[];
  readonly #timeoutMs: number;
  readonly #client: PeerClient;

  /** @param options.timeoutMs {ms} for each of them */
  constructor(options: { peers: readonly URL[]; timeoutMs: number }, modules: { client: PeerClient }) {
    this.#peers = options.peers;
    this.#timeoutMs = options.timeoutMs;
    this.#client = modules.client;
  }

  async fetch(root: string, isIt: (bytes: Uint8Array) => boolean): Promise<Uint8Array> {
    const refusals: string[] = [];
    for (const peer of this.#peers) {
      try {
        const { body } = await this.#client.get({
          url: new URL(`${SEGMENTS_PATH}${root}`, peer),
          signal: AbortSignal.timeout(this.#timeoutMs),
          maxBytes: REGION_BYTES,
        });
        if (isIt(body)) return body;
        refusals.push(`${peer.origin}: sent something else`);
      } catch (error) {
        refusals.push(`${peer.origin}: ${asStreamflowError(error).code}`);
      }
    }
    throw new StreamflowError(
      "SegmentNotFound",
      `nobody has sent ${root}${refusals.map((why) => `; ${why}`).join("")}`,
    );
  }
}
