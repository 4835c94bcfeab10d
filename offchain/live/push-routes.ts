import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { StreamflowError } from "../errors.ts";
import { cutLive } from "../media/cut-live.ts";
import { parseRequest } from "../net/parse.ts";
import { type Publisher, streamNameSchema } from "./admission.ts";
import { cutting, feed, type FeedModules, type FeedOptions } from "./feed.ts";
import { encodeRenditions } from "./multipart.ts";
import { inspect } from "./stream.ts";

export interface PushOptions extends FeedOptions {
  /** Largest segment [bytes]. */
  readonly segmentBytes: number;
}

const MOST_PLAYLIST_BYTES = 1_048_576;
/** {ms} For a segment to arrive: an encoder may send one while it makes it. */
const UPLOAD_MS = 60_000;

const pushSchema = z.object({
  name: streamNameSchema,
  file: z.string().regex(/^[\w.-]{0,128}?(\d{1,15})\.ts$|^[\w.-]{1,128}\.m3u8$/, "<number>.ts or a playlist"),
});
const streamSchema = z.object({ name: streamNameSchema });
/** What the encoder says of a segment is checked for its form; what counts is what the segment says itself. */
const headersSchema = z.object({
  "content-resolution": z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/, "<width>x<height>")
    .optional(),
  "content-duration": z
    .string()
    .regex(/^\d{1,8}(\.\d{1,6})?$/, "milliseconds")
    .optional(),
});

/**
 * Takes streams by HTTP, with the conventions of the live network and of ffmpeg's muxers:
 * `PUT` or `POST /live/<name>/<n>.ts` one segment, `…/<any>.m3u8` a playlist (of which only its end counts), `POST` or `PUT /live/<name>` a whole transport stream;
 * `DELETE` ends a stream, and does nothing to a file.
 */
export function pushRoutes(server: FastifyInstance, options: PushOptions, { streams, ffmpeg, log }: FeedModules): void {
  void server.register((scope, _options, done) => {
    // Whatever the encoder calls what it sends: it is read here, piece by piece.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, next) => next(null, payload));

    scope.route({
      method: ["PUT", "POST"],
      url: "/live/:name/:file",
      handler: async (request, reply) => {
        const { name, file } = parseRequest(pushSchema, request.params);
        parseRequest(headersSchema, request.headers);
        const publisher = publisherOf(request, name, "http-push");
        const body = (request.body ?? null) as Readable | null;
        if (file.endsWith(".m3u8")) {
          const text = (await readAll(body, request.raw, MOST_PLAYLIST_BYTES)).toString("utf8");
          if (/^#EXT-X-ENDLIST\s*$/m.test(text)) await streams.finish(publisher);
          return reply.send();
        }
        const bytes = await readAll(body, request.raw, options.segmentBytes);
        const number = Number(/(\d+)\.ts$/.exec(file)?.[1]);
        const isAsked = wantsRenditions(request);
        const renditions = await streams.pushed(publisher, inspect(bytes), async (stream) => {
          const arrival = stream.push(number, bytes);
          return isAsked ? arrival.renditions() : null;
        });
        if (renditions === null) return reply.send();
        const { body: answer, contentType } = encodeRenditions(number, renditions);
        return reply.type(contentType).send(answer);
      },
    });

    scope.route({
      method: ["PUT", "POST"],
      url: "/live/:name",
      handler: async (request, reply) => {
        const { name } = parseRequest(streamSchema, request.params);
        const body = (request.body ?? null) as Readable | null;
        if (body === null) throw new StreamflowError("RequestInvalid", "the request has no body");
        const connection = await streams.connect(publisherOf(request, name, "mpegts"));
        log.info({ name, remote: request.ip }, "transport stream begins");
        try {
          const segments = cutLive(
            ffmpeg,
            {
              options: ["-protocol_whitelist", "pipe", "-format_whitelist", "mpegts", "-f", "mpegts"],
              source: "pipe:0",
              bytes: body,
            },
            cutting(options, connection.signal, log.child({ name })),
          );
          await feed(segments, connection);
        } finally {
          connection.close(request.raw.complete);
          log.info({ name, finished: request.raw.complete }, "transport stream ends");
        }
        return reply.send();
      },
    });

    scope.delete("/live/:name", async (request, reply) => {
      const { name } = parseRequest(streamSchema, request.params);
      await streams.finish(publisherOf(request, name, "http-push"));
      return reply.code(204).send();
    });
    // ffmpeg deletes what has left its own playlist.
    scope.delete("/live/:name/:file", (request, reply) => {
      parseRequest(pushSchema, request.params);
      return reply.code(204).send();
    });
    done();
  });
}

function wantsRenditions({ headers: { accept } }: FastifyRequest): boolean {
  return accept !== undefined && /multipart\/mixed/i.test(accept);
}

/** The key as a bearer token, as the password of basic authentication, or as `?key=`. */
function publisherOf(request: FastifyRequest, name: string, protocol: Publisher["protocol"]): Publisher {
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ", 2);
  const { key } = request.query as { key?: unknown };
  const remote = request.ip;
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { name, key: token, protocol, remote };
    case "basic": {
      const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(token, "base64").toString("utf8")) ?? [];
      return { name, key: password, protocol, remote };
    }
    default:
      return { name, key: typeof key === "string" ? key.slice(0, 512) : null, protocol, remote };
  }
}

/** @throws StreamflowError BodyTooLarge, RequestInvalid when it breaks off or takes too long */
async function readAll(body: Readable | null, request: IncomingMessage, most: number): Promise<Buffer> {
  if (body === null) throw new StreamflowError("RequestInvalid", "the request has no body");
  const tooLarge = () =>
    new StreamflowError("BodyTooLarge", `the body is larger than ${most} bytes`, { limitBytes: most });
  if (Number(request.headers["content-length"] ?? 0) > most) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(
    () => body.destroy(new StreamflowError("RequestInvalid", `the body took longer than ${UPLOAD_MS} ms`)),
    UPLOAD_MS,
  );
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof StreamflowError) throw cause;
    throw new StreamflowError("RequestInvalid", `the body broke off: ${(cause as Error).message}`, {}, { cause });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}
