import { Agent, request, type Dispatcher } from "undici";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { fromProblem, PROBLEM_TYPE } from "./problem.ts";

export interface Answer {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface Call {
  readonly url: URL;
  readonly body: Buffer | string;
  readonly contentType: string;
  readonly signal: AbortSignal;
  /** Largest answer that is read [bytes]. */
  readonly maxBytes: number;
}

/** Requests to peers. Redirects are never followed: a peer must not choose whom we talk to. */
export class PeerClient {
  readonly #agent = new Agent({
    keepAliveTimeout: 30_000,
    connectTimeout: 5_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connections: 64,
  });

  /**
   * @throws StreamflowError the peer's own code when it refused; PeerFailed when it did not answer, broke off, or sent too much
   */
  async post(call: Call): Promise<Answer> {
    const peer = call.url.origin;
    let response: Dispatcher.ResponseData;
    try {
      response = await request(call.url, {
        method: "POST",
        body: call.body,
        headers: { "content-type": call.contentType },
        signal: call.signal,
        dispatcher: this.#agent,
      });
    } catch (cause) {
      throw new StreamflowError("PeerFailed", `${peer} did not answer: ${(cause as Error).message}`, {}, { cause });
    }
    const contentType = String(response.headers["content-type"] ?? "");
    const body = await readBounded(response, call.maxBytes, peer);
    if (response.statusCode === 200) return { body, contentType };
    let problem: unknown;
    try {
      problem = contentType.startsWith(PROBLEM_TYPE) ? JSON.parse(body.toString("utf8")) : undefined;
    } catch {
      // What cannot be read is reported by its status alone.
    }
    throw fromProblem(response.statusCode, problem, peer);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function readBounded(response: Dispatcher.ResponseData, maxBytes: number, peer: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        response.body.destroy();
        throw new StreamflowError("PeerFailed", `${peer} sent more than ${maxBytes} bytes`, { maxBytes });
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    const error = asStreamflowError(cause);
    throw error.code === "PeerFailed"
      ? error
      : new StreamflowError("PeerFailed", `${peer} broke off: ${error.message}`, {}, { cause });
  }
  return Buffer.concat(chunks);
}
