import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";
import { WebSocketServer, type WebSocket } from "ws";
import type { TranscodedRendition } from "../media/interface.ts";
import { parseSegment } from "../media/mpegts.ts";
import { StreamflowError } from "../errors.ts";
import { receive, send, watchLiveness } from "./channel.ts";
import type { Transcoder, Work } from "./interface.ts";
import type { Pool } from "./pool.ts";
import { fromTranscoderSchema, MAX_FRAME_BYTES, type FromTranscoder } from "./protocol.ts";

const LIVENESS_MS = 5_000;
/** A connection has this long to say hello. */
const HELLO_MS = 5_000;

interface Waiting {
  readonly work: Work;
  readonly resolve: (renditions: TranscodedRendition[]) => void;
  readonly reject: (error: StreamflowError) => void;
}

/** A transcoder at the other end of a WebSocket. */
class RemoteTranscoder implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(options: { name: string; capacity: number }, modules: { socket: WebSocket }) {
    this.name = options.name;
    this.capacity = options.capacity;
    this.#socket = modules.socket;
    this.#socket.on("close", () => {
      for (const { reject } of this.#waiting.values())
        reject(new StreamflowError("TranscoderLost", `transcoder ${this.name} disconnected`));
      this.#waiting.clear();
    });
  }

  transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    if (this.#socket.readyState !== this.#socket.OPEN) {
      return Promise.reject(new StreamflowError("TranscoderLost", `transcoder ${this.name} is not connected`));
    }
    const id = this.#nextId++;
    return new Promise<TranscodedRendition[]>((resolve, reject) => {
      // The transcoder keeps the time limit itself; this one, a little longer, is for a transcoder that does not.
      const limit = AbortSignal.any([signal, AbortSignal.timeout(work.timeoutMs + 1_000)]);
      const onAbort = () => {
        if (!this.#waiting.delete(id)) return;
        send(this.#socket, { type: "cancel", id, parts: 0 });
        reject(
          new StreamflowError(
            "TranscodeFailed",
            signal.aborted ? "cancelled" : `no answer within ${work.timeoutMs} ms`,
          ),
        );
      };
      const settle =
        <T>(next: (value: T) => void) =>
        (value: T) => {
          limit.removeEventListener("abort", onAbort);
          next(value);
        };
      this.#waiting.set(id, { work, resolve: settle(resolve), reject: settle(reject) });
      limit.addEventListener("abort", onAbort);
      if (limit.aborted) return onAbort();
      send(this.#socket, { type: "work", id, renditions: work.renditions, timeoutMs: work.timeoutMs, parts: 1 }, [
        work.media,
      ]);
    });
  }

  answer(message: Exclude<FromTranscoder, { type: "hello" }>, parts: Uint8Array[]): void {
    const waiting = this.#waiting.get(message.id);
    // An answer to cancelled work is late, not wrong.
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (message.type === "failure")
      return waiting.reject(new StreamflowError(message.code, `${this.name}: ${message.detail}`));
    try {
      waiting.resolve(toRenditions(waiting.work, parts));
    } catch (error) {
      waiting.reject(
        new StreamflowError("TranscodeFailed", `${this.name}: ${(error as Error).message}`, {}, { cause: error }),
      );
    }
  }
}

function toRenditions(work: Work, parts: Uint8Array[]): TranscodedRendition[] {
  if (parts.length !== work.renditions.length) {
    throw new StreamflowError("TranscodeFailed", `${parts.length} renditions for ${work.renditions.length} asked`);
  }
  return work.renditions.map(({ name }, index) => {
    const part = parts[index] as Uint8Array;
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    return { name, bytes, info: parseSegment(bytes) };
  });
}

/** Compares digests, so that neither content nor length leaks through time. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Lets transcoders join the pool at `path` of an HTTP server.
 * @returns a function that disconnects them all
 */
export function acceptTranscoders(
  options: { path: string; secret: string },
  modules: { server: Server; pool: Pool; log: Logger },
): () => void {
  const { server, pool, log } = modules;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? "").split("?", 1)[0];
    const token = /^Bearer (.{1,512})$/.exec(request.headers.authorization ?? "")?.[1];
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (path !== options.path) {
      refuse("404 Not Found");
      return;
    }
    if (token === undefined || !sameSecret(token, options.secret)) {
      log.warn({ from: request.socket.remoteAddress }, "transcoder refused: wrong secret");
      refuse("401 Unauthorized");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) =>
      join(ws, `${request.socket.remoteAddress}:${request.socket.remotePort}`),
    );
  };

  const join = (socket: WebSocket, name: string) => {
    let transcoder: RemoteTranscoder | undefined;
    const hello = setTimeout(() => socket.close(1002, "hello expected"), HELLO_MS);
    socket.on("error", (error) => log.warn({ err: error, transcoder: name }, "transcoder connection failed"));
    socket.on("close", () => clearTimeout(hello));
    watchLiveness(socket, LIVENESS_MS);
    receive(socket, fromTranscoderSchema, (message, parts) => {
      if (message.type !== "hello") {
        transcoder?.answer(message, parts);
        return;
      }
      if (transcoder !== undefined) {
        socket.close(1002, "second hello");
        return;
      }
      clearTimeout(hello);
      transcoder = new RemoteTranscoder({ name, capacity: message.capacity }, { socket });
      const leave = pool.add(transcoder);
      log.info({ transcoder: name, capacity: message.capacity }, "transcoder joined");
      socket.on("close", () => {
        leave();
        log.info({ transcoder: name }, "transcoder left");
      });
    });
  };

  server.on("upgrade", onUpgrade);
  return () => {
    server.off("upgrade", onUpgrade);
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}
