import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { PeerClient } from "../net/client.ts";
import { SEGMENTS_PATH } from "../net/wire.ts";
import type { SegmentSource } from "../verification/agents/runs.ts";
import { REGION_BYTES } from "../verification/root.ts";

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
