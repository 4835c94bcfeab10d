import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Server as TlsServer, TLSSocket } from "node:tls";
import { fastify, LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import type { HttpMetrics } from "../observability/interface.ts";
import { readBody } from "./body.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";
import type { KeyPair } from "./tls/certificate.ts";
import { DEFAULT_TRAFFIC, inRanges, peerOf, Traffic, type TrafficLimits } from "./traffic.ts";

export interface ServerOptions {
  /** Largest request body [bytes]. */
  readonly bodyLimit: number;
  /** How long a request may take to arrive [ms]; 0: for as long as something comes. */
  readonly requestTimeoutMs: number;
  /** What a body counts for in memory whose length is not said [bytes]; default: `bodyLimit`. */
  readonly chunkedBytes?: number;
  /** Default: `DEFAULT_TRAFFIC`. */
  readonly traffic?: TrafficLimits;
  /** Speaks https with this; default: http. */
  readonly tls?: KeyPair;
}

/** {1} Requests of one connection, after which it is closed: no peer holds one for ever. */
const MOST_REQUESTS = 10_000;
/** {ms} Without a byte in either direction a connection is closed; longer than any work on a segment. */
const IDLE_MS = 120_000;
/** {bytes} */
const MAX_HEAD_BYTES = 16_384;
/** Every client of ours has it, and it knows no renegotiation, which costs the server and not the client. */
const TLS = { minVersion: "TLSv1.3" } as const;

/** What fastify and Node refuse by themselves, in our catalogue. */
function coded(error: unknown, bodyLimit: number): StreamflowError {
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  const cause = { cause: error };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new StreamflowError(
        "BodyTooLarge",
        `the body is larger than ${bodyLimit} bytes`,
        { limitBytes: bodyLimit },
        cause,
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new StreamflowError("RequestTimedOut", "the request did not arrive in time", {}, cause);
    case "HPE_HEADER_OVERFLOW":
      return new StreamflowError("HeadTooLarge", `the head is larger than ${MAX_HEAD_BYTES} bytes`, {}, cause);
    case "ECONNRESET":
    case "ECONNABORTED":
      return new StreamflowError("RequestInvalid", "the connection ended within the request", {}, cause);
  }
  if (error instanceof StreamflowError) return error;
  const isTheirs = typeof code === "string" && (code.startsWith("FST_") || code.startsWith("HPE_"));
  if (isTheirs && (typeof statusCode !== "number" || statusCode < 500))
    return new StreamflowError("RequestInvalid", (error as Error).message, {}, cause);
  return asStreamflowError(error);
}

/** An HTTP server whose every refusal is a problem document, within limits. What is too broken to be answered as a request is answered with one, and closed. */
export function createServer(options: ServerOptions, log: Logger, metrics?: HttpMetrics): FastifyInstance {
  const { bodyLimit, requestTimeoutMs, chunkedBytes = bodyLimit, traffic: limits = DEFAULT_TRAFFIC, tls } = options;
  const traffic = new Traffic(limits);
  const isProxy = inRanges(limits.trustedProxies);
  const headersMs = requestTimeoutMs === 0 ? limits.headersMs : Math.min(limits.headersMs, requestTimeoutMs);

  const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const error = coded(thrown, request.routeOptions?.bodyLimit ?? bodyLimit);
    if (error.code === "InternalError") log.error({ err: thrown, requestId: request.id }, "request failed");
    else log.debug({ code: error.code, detail: error.message, requestId: request.id }, "request refused");
    metrics?.refusals.inc({ code: error.code });
    const { retryAfterSeconds } = error.data;
    if (typeof retryAfterSeconds === "number") {
      void reply.header("retry-after", retryAfterSeconds);
      // Nobody waits for a body that is not wanted.
      if (!request.raw.complete) void reply.header("connection", "close");
    }
    return reply.code(error.status).type(PROBLEM_TYPE).send(toProblem(error));
  };
  const refuseConnection = (thrown: Error, socket: Socket) => {
    const error = coded(Object.hasOwn(thrown, "code") ? thrown : { ...thrown, code: "HPE_" }, bodyLimit);
    metrics?.refusals.inc({ code: error.code });
    // Before its handshake is over nobody could read an answer, and it would be waited for.
    const isUnheard = socket instanceof TLSSocket && socket.getPeerFinished() === undefined;
    if (!socket.writable || isUnheard) return void socket.destroy();
    const body = JSON.stringify(toProblem(error));
    const head = [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ""}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
  };

  const http = {
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.max(50, Math.min(2_000, headersMs / 2)),
    maxHeaderSize: MAX_HEAD_BYTES,
  };
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: Math.max(IDLE_MS, requestTimeoutMs),
    maxRequestsPerSocket: MOST_REQUESTS,
    ...(tls === undefined ? { http } : { https: { ...http, ...TLS, ...tls, handshakeTimeout: headersMs } }),
    forceCloseConnections: true,
    ...(limits.trustedProxies.length > 0 && { trustProxy: (address: string) => isProxy(address) }),
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply),
    clientErrorHandler: refuseConnection,
  }) as unknown as FastifyInstance;

  server.server.maxConnections = limits.connections;
  server.server.on("connection", (socket) => {
    const address = socket.remoteAddress;
    if (address !== undefined && isProxy(address)) return;
    const leave = traffic.connect(peerOf(address));
    if (leave !== null) return void socket.once("close", leave);
    metrics?.refusals.inc({ code: "TooManyRequests" });
    socket.destroy();
  });
  // Node would answer these itself, without a body.
  server.server.on("checkExpectation", (request) =>
    refuseConnection(new Error("this expectation is not met"), request.socket),
  );

  server.addHook("onRequest", async (request, reply) => {
    const limit = request.routeOptions.bodyLimit ?? bodyLimit;
    const declared = Number(
      request.headers["content-length"] ?? (request.headers["transfer-encoding"] ? chunkedBytes : 0),
    );
    const leave = traffic.enter(peerOf(request.ip), Math.min(Number.isFinite(declared) ? declared : limit, limit));
    // Also when it is never answered.
    reply.raw.once("close", leave);
  });
  server.addHook("onSend", async (_request, reply) => {
    const timer = setTimeout(() => reply.raw.destroy(), limits.answerMs);
    reply.raw.once("close", () => clearTimeout(timer));
  });
  if (metrics !== undefined) {
    server.addHook("onResponse", async (request, reply) => {
      const route = request.routeOptions.url ?? "none";
      metrics.requests.inc({ route, status: String(reply.statusCode) });
      metrics.requestSeconds.observe({ route }, reply.elapsedTime / 1_000);
    });
  }

  server.addContentTypeParser(/^multipart\/form-data(;|$)/, (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, request.routeOptions.bodyLimit ?? bodyLimit),
  );
  server.setErrorHandler(refuse);
  server.setNotFoundHandler((request, reply) =>
    refuse(new StreamflowError("NotFound", `no ${request.method} at this path`), request, reply),
  );
  return server;
}

/** Shows another certificate to whoever connects from now on; connections that stand go on. @param server of `createServer` with `tls` */
export function renewCertificate(server: FastifyInstance, tls: KeyPair): void {
  (server.server as unknown as TlsServer).setSecureContext({ ...TLS, ...tls });
}
