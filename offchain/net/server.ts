import { fastify, LogController, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { PROBLEM_TYPE, toProblem } from "./problem.ts";

export interface ServerOptions {
  /** Largest request body [bytes]. */
  readonly bodyLimit: number;
  /** How long a request may take to arrive [ms]. */
  readonly requestTimeoutMs: number;
}

/** fastify's own refusals, in our catalogue. */
function coded(error: unknown, bodyLimit: number): StreamflowError {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new StreamflowError(
        "BodyTooLarge",
        `the body is larger than ${bodyLimit} bytes`,
        { limitBytes: bodyLimit },
        { cause: error },
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new StreamflowError("RequestInvalid", (error as Error).message, {}, { cause: error });
    default:
      return asStreamflowError(error);
  }
}

/** An HTTP server whose every refusal is a problem document. */
export function createServer(options: ServerOptions, log: Logger): FastifyInstance {
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit,
    requestTimeout: options.requestTimeoutMs,
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;

  server.addContentTypeParser(/^multipart\/form-data(;|$)/, { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  server.setErrorHandler((thrown, request, reply) => {
    const error = coded(thrown, options.bodyLimit);
    if (error.status >= 500 && error.code === "InternalError")
      log.error({ err: thrown, requestId: request.id }, "request failed");
    else log.debug({ code: error.code, detail: error.message, requestId: request.id }, "request refused");
    return reply.code(error.status).type(PROBLEM_TYPE).send(toProblem(error));
  });
  server.setNotFoundHandler((request, reply) => {
    const error = new StreamflowError("NotFound", `no ${request.method} at this path`);
    return reply.code(error.status).type(PROBLEM_TYPE).send(toProblem(error));
  });
  return server;
}
