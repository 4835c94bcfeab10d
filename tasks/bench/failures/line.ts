import http, { type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** {bytes} Of the body, after which the connection breaks; without it all of it is sent. */
  readonly cutAt?: number;
}

/** Sends a request on to the server. Rejects when that does not answer, or when the client has gone. */
export type Send = (request: Request) => Promise<Reply>;

/** What a request meets on its way; null: the connection breaks without an answer. */
export type Way = (request: Request, send: Send) => Promise<Reply | null>;

const direct: Way = (request, send) => send(request);

/** These belong to one connection, or are made anew. */
const PER_CONNECTION = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "host"]);

/**
 * Stands before an HTTP server of this machine, and does to what passes what it is told. Requests and answers are taken whole and then sent on:
 * a slow line is one on which each takes its time.
 */
export class Line {
  readonly url: string;
  readonly #server: http.Server;
  readonly #target: URL;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  /** Told of each answer as the server gave it. */
  readonly #onReply: (request: Request, reply: Reply) => void;
  #way: Way = direct;

  private constructor(target: URL, server: http.Server, onReply: (request: Request, reply: Reply) => void) {
    this.#target = target;
    this.#server = server;
    this.#onReply = onReply;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async open(
    target: string,
    onReply: (request: Request, reply: Reply) => void = () => undefined,
  ): Promise<Line> {
    const server = http.createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Line(new URL(target), server, onReply);
  }

  /** From now on this happens to each request. */
  disturb(way: Way): void {
    this.#way = way;
  }

  heal(): void {
    this.#way = direct;
  }

  close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the client has gone")));
    const { method = "GET", url: path = "/", headers } = incoming;
    const request = { method, path, headers, body: await buffer(incoming) };
    const reply = await this.#way(request, (sent) => this.#send(sent, gone.signal));
    if (reply === null) return void response.destroy();
    const { status, body, cutAt } = reply;
    response.writeHead(status, { ...withoutConnection(reply.headers), "content-length": body.length });
    if (cutAt === undefined) return void response.end(body);
    response.write(body.subarray(0, cutAt), () => response.destroy());
  }

  #send({ method, path, headers, body }: Request, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        new URL(path, this.#target),
        {
          ...{ method, signal, agent: this.#agent },
          headers: { ...withoutConnection(headers), "content-length": body.length },
        },
        (answer) => {
          buffer(answer).then((bytes) => {
            const reply = { status: answer.statusCode ?? 0, headers: answer.headers, body: bytes };
            this.#onReply({ method, path, headers, body }, reply);
            resolve(reply);
          }, reject);
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }
}

const withoutConnection = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !PER_CONNECTION.has(name)));
