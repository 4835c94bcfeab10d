import http from "node:http";
import https from "node:https";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { REMAINING_HEADER } from "./deadline.ts";
import { CheckedAgent, type CheckedRequest } from "./tls/checked-agent.ts";
import type { KnownServers } from "./tls/known-servers.ts";

export interface Question {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Largest answer that is read [bytes]. */
  readonly maxBytes: number;
  /** Whose server it has to be, when the URL is https: nothing is sent before that is shown (LIP-11). Without it a CA decides. */
  readonly orchestrator?: string;
  /** The caller's own secret, for peers that its operator has named. */
  readonly bearer?: string;
}

export interface Call extends Question {
  /** The connection is closed after the answer: for peers that may never be asked again. */
  readonly once?: boolean;
  readonly body: Buffer | string;
  readonly contentType: string;
  /** {ms} How long the answer is waited for, as the peer is told; by default it is not. */
  readonly remainingMs?: number;
}

const AGENT_OPTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 64 };

/** Connections that are kept for the next request, and such that are not. */
interface Agents<A extends http.Agent> {
  readonly kept: A;
  readonly once: A;
}

export interface PeerClientOptions {
  /** Needed for requests that name an orchestrator. */
  readonly servers?: KnownServers;
  /** Whether any certificate will do for those that name none: for what is checked by its content and no secret. */
  readonly anyCertificate?: boolean;
}

/** Requests to peers. Redirects are never followed: a peer must not choose whom we talk to. */
export class PeerClient {
  readonly #http: Agents<http.Agent>;
  readonly #https: Agents<https.Agent>;
  readonly #checked: Agents<CheckedAgent> | null;

  constructor({ servers, anyCertificate = false }: PeerClientOptions = {}) {
    const tls = { rejectUnauthorized: !anyCertificate };
    this.#http = { kept: new http.Agent(AGENT_OPTIONS), once: new http.Agent() };
    this.#https = { kept: new https.Agent({ ...AGENT_OPTIONS, ...tls }), once: new https.Agent(tls) };
    this.#checked =
      servers === undefined
        ? null
        : { kept: new CheckedAgent(AGENT_OPTIONS, servers), once: new CheckedAgent({}, servers) };
  }

  /**
   * @throws StreamflowError the peer's own code when it refused; PeerFailed when it did not answer, broke off, or sent too much; PeerUnverified when it
   * is not shown to be the orchestrator's, and was sent nothing
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
    for (const agents of [this.#http, this.#https, this.#checked])
      for (const agent of [agents?.kept, agents?.once]) agent?.destroy();
  }

  async #ask(call: Question, content: Omit<Call, keyof Question> | null): Promise<Answer> {
    const peer = call.url.origin;
    let response: http.IncomingMessage;
    try {
      response = await this.#send(call, content);
    } catch (cause) {
      if (isStreamflowError(cause)) throw cause;
      throw new StreamflowError("PeerFailed", `${peer} did not answer: ${(cause as Error).message}`, {}, { cause });
    }
    return readAnswer(response, { maxBytes: call.maxBytes, peer });
  }

  #send(call: Question, content: Omit<Call, keyof Question> | null): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { signal, bearer } = call;
      const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const options =
        content === null
          ? { method: "GET", headers: authorization, signal }
          : {
              method: "POST",
              headers: {
                ...authorization,
                ...(content.remainingMs !== undefined && { [REMAINING_HEADER]: String(content.remainingMs) }),
                ...{ "content-type": content.contentType, "content-length": Buffer.byteLength(content.body) },
              },
              signal,
            };
      const request = this.#request(call, options, content?.once === true ? "once" : "kept");
      request.once("response", resolve);
      // Once there is an answer, its reader is told of what follows.
      request.on("error", reject);
      request.end(content?.body);
    });
  }

  #request(
    { url, orchestrator }: Question,
    options: http.RequestOptions,
    use: keyof Agents<never>,
  ): http.ClientRequest {
    if (url.protocol !== "https:") return http.request(url, { ...options, agent: this.#http[use] });
    if (orchestrator === undefined) return https.request(url, { ...options, agent: this.#https[use] });
    if (this.#checked === null) throw new Error("this client knows no orchestrators");
    const agent = this.#checked[use];
    agent.prune();
    const checked: CheckedRequest = {
      ...options,
      orchestrator,
      agent,
      ...(options.signal && { giveUp: options.signal }),
    };
    return https.request(url, checked);
  }
}
