import { setTimeout as delay } from "node:timers/promises";
import { type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from "ethers";
import { z } from "zod";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import { PeerClient } from "../net/client.ts";

export interface JsonRpcOptions {
  readonly rpcUrl: string;
  /** {ms} For one request, with its repetitions. */
  readonly timeoutMs: number;
}

/** {bytes} Of an answer. */
const MOST_BYTES = 67_108_864;
/** {ms} Pauses before a request is sent again that the end point had no time for. */
const PAUSES_MS = [100, 300];
const TOO_MANY_REQUESTS = 429;
/** {1} Questions in one request. Some public end points refuse more. */
const BATCH = 3;

const resultSchema = z.looseObject({ id: z.number() });
const resultsSchema = z.union([resultSchema.transform((one) => [one]), z.array(resultSchema)]);
/** Of what was sent as a whole: none of its questions was looked at. */
const refusalSchema = z.looseObject({ id: z.null().optional(), error: z.looseObject({}) });

/** The end point takes one question in a request, and looked at none of several. */
class BatchRefused extends Error {
  override readonly name = "BatchRefused";

  constructor(options?: ErrorOptions) {
    super("the end point takes no batches", options);
  }
}

/** By its status: the request was at fault, and not the time. */
function isRefusal(error: unknown): boolean {
  const status = isStreamflowError(error) ? error.data["status"] : undefined;
  return typeof status === "number" && status >= 400 && status < 500 && status !== TOO_MANY_REQUESTS;
}

/**
 * Requests to the operator's JSON-RPC end point. Not by ethers, whose requests keep their socket after they have timed out: an end point that takes them and
 * never answers would use up the sockets of a node that runs on.
 */
export class JsonRpc {
  readonly #options: JsonRpcOptions;
  readonly #url: URL;
  readonly #client = new PeerClient();
  /** Whether several questions in one request are tried. Some end points take none. */
  #takesBatches = true;

  constructor(options: JsonRpcOptions) {
    this.#options = options;
    this.#url = new URL(options.rpcUrl);
  }

  /**
   * The results; those that are the chain's errors are among them, as ethers wants it.
   * @throws StreamflowError ChainUnreachable, without the end point's URL: peers are told, and it may hold a secret
   */
  async post(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    if (!Array.isArray(payload)) return this.#ask(payload);
    if (this.#takesBatches) {
      try {
        return await this.#ask(payload);
      } catch (error) {
        // Anything else may have done what was asked.
        if (!isStreamflowError(error) || !(error.cause instanceof BatchRefused)) throw error;
      }
    }
    const results = await Promise.all(payload.map((question) => this.#ask(question)));
    this.#takesBatches = false;
    return results.flat();
  }

  close(): void {
    this.#client.close();
  }

  async #ask(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const { timeoutMs } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer: unknown = JSON.parse((await this.#send(JSON.stringify(payload), signal)).toString("utf8"));
      if (Array.isArray(payload) && refusalSchema.safeParse(answer).success) throw new BatchRefused();
      return resultsSchema.parse(answer) as JsonRpcResult[];
    } catch (thrown) {
      const cause = Array.isArray(payload) && isRefusal(thrown) ? new BatchRefused({ cause: thrown }) : thrown;
      const methods = [...new Set([payload].flat().map(({ method }) => method))].join(", ");
      const detail = signal.aborted
        ? `${methods} was not answered within ${timeoutMs} ms`
        : `${methods} was not answered as a chain does`;
      throw new StreamflowError("ChainUnreachable", detail, { timeoutMs }, { cause });
    }
  }

  async #send(body: string, signal: AbortSignal): Promise<Buffer> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await this.#post(body, signal);
      } catch (error) {
        if (!isStreamflowError(error) || error.data["status"] !== TOO_MANY_REQUESTS) throw error;
        await delay(pauseMs, undefined, { signal });
      }
    }
    return this.#post(body, signal);
  }

  async #post(body: string, signal: AbortSignal): Promise<Buffer> {
    const call = { url: this.#url, body, contentType: "application/json", signal, maxBytes: MOST_BYTES };
    return (await this.#client.post(call)).body;
  }
}

/** ethers' view of a chain, over `JsonRpc`: whatever asks it fails with ChainUnreachable, and with nothing else, when the end point does not answer. */
export class ChainProvider extends JsonRpcProvider {
  readonly #rpc: JsonRpc;

  constructor(options: JsonRpcOptions, chainId: bigint) {
    super(options.rpcUrl, Network.from(chainId), {
      staticNetwork: true,
      // An answer that is a block old may hide a redemption of our own.
      cacheTimeout: -1,
      // Questions that are asked together are sent together, as what stands behind a sender is: a request costs more than what it asks. Nothing waits
      // for company, which a payment's checks, one after the other, would pay several times per segment.
      batchMaxCount: BATCH,
      batchStallTime: 0,
    });
    this.#rpc = new JsonRpc(options);
  }

  override _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return this.#rpc.post(payload);
  }

  override destroy(): void {
    super.destroy();
    this.#rpc.close();
  }
}
