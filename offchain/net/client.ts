import http from "node:http";
import https from "node:https";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { fromProblem, PROBLEM_TYPE } from "./problem.ts";

export interface Answer {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface Question {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Largest answer that is read [bytes]. */
  readonly maxBytes: number;
}

export interface Call extends Question {
  /** The connection is closed after the answer: for peers that may never be asked again. */
  readonly once?: boolean;
  readonly body: Buffer | string;
  readonly contentType: string;
}

const AGENT_OPTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 64 };

/** Requests to peers. Redirects are never followed: a peer must not choose whom we talk to. */
export class PeerClient {
  readonly #http = new http.Agent(AGENT_OPTIONS);
  readonly #https = new https.Agent(AGENT_OPTIONS);
  readonly #httpOnce = new http.Agent({ keepAlive: false });
  readonly #httpsOnce = new https.Agent({ keepAlive: false });

  /**
   * @throws StreamflowError the peer's own code when it refused; PeerFailed when it did not answer, broke off, or sent too much
   */
  post(call: Call): Promise<Answer> {
    return this.#ask(call, call);
  }

  /**
   * @throws StreamflowError as `post`
   */
  get(question: Question): Promise<Answer> {
    return this.#ask(question, null);
  }

  close(): void {
    for (const agent of [this.#http, this.#https, this.#httpOnce, this.#httpsOnce]) agent.destroy();
  }

  async #ask(call: Question, content: Omit<Call, keyof Question> | null): Promise<Answer> {
    const peer = call.url.origin;
    let response: http.IncomingMessage;
    try {
      response = await this.#send(call, content);
    } catch (cause) {
      throw new StreamflowError("PeerFailed", `${peer} did not answer: ${(cause as Error).message}`, {}, { cause });
    }
    const contentType = response.headers["content-type"] ?? "";
    const status = response.statusCode ?? 0;
    const body = await readBounded(response, call.maxBytes, peer);
    if (status === 200) return { body, contentType };
    let problem: unknown;
    try {
      problem = contentType.startsWith(PROBLEM_TYPE) ? JSON.parse(body.toString("utf8")) : undefined;
    } catch {
      // What cannot be read is reported by its status alone.
    }
    throw fromProblem(status, problem, peer);
  }

  #send({ url, signal }: Question, content: Omit<Call, keyof Question> | null): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options =
        content === null
          ? { method: "GET", signal }
          : {
              method: "POST",
              headers: { "content-type": content.contentType, "content-length": Buffer.byteLength(content.body) },
              signal,
            };
      const once = content?.once === true;
      const request =
        url.protocol === "https:"
          ? https.request(url, { ...options, agent: once ? this.#httpsOnce : this.#https })
          : http.request(url, { ...options, agent: once ? this.#httpOnce : this.#http });
      request.once("response", resolve);
      // Once there is an answer, its reader is told of what follows.
      request.on("error", reject);
      request.end(content?.body);
    });
  }
}

async function readBounded(response: http.IncomingMessage, maxBytes: number, peer: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        response.destroy();
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
