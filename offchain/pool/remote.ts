import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { WebSocketServer, type WebSocket } from "ws";
import type { TranscodedRendition } from "../media/interface.ts";
import type { HardwareEncoder } from "../media/hardware.ts";
import { StreamflowError } from "../errors.ts";
import { receive, send, watchLiveness } from "./channel.ts";
import type { Credentials } from "./credentials.ts";
import type { Speed, Transcoder, Work } from "./interface.ts";
import { judgedRenditions } from "./judged.ts";
import type { Pool } from "./pool.ts";
import { fromTranscoderSchema, MAX_FRAME_BYTES, type FromTranscoder } from "./protocol.ts";

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
  readonly speed: Speed | null;
  readonly hardware: HardwareEncoder | null;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(options: Pick<Transcoder, "name" | "capacity" | "speed" | "hardware">, modules: { socket: WebSocket }) {
    this.name = options.name;
    this.capacity = options.capacity;
    this.speed = options.speed;
    this.hardware = options.hardware;
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

  answer(message: Extract<FromTranscoder, { type: "result" | "failure" }>, parts: Uint8Array[]): void {
    const waiting = this.#waiting.get(message.id);
    // An answer to cancelled work is late, not wrong.
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    if (message.type === "failure")
      return waiting.reject(new StreamflowError(message.code, `${this.name}: ${message.detail}`));
    try {
      waiting.resolve(judgedRenditions(waiting.work, parts));
    } catch (error) {
      waiting.reject(
        new StreamflowError("TranscodeFailed", `${this.name}: ${(error as Error).message}`, {}, { cause: error }),
      );
    }
  }
}

export interface DoorOptions {
  readonly path: string;
  /** {ms} After which a silent transcoder is lost. */
  readonly silenceMs: number;
}

export interface DoorModules {
  readonly server: Server;
  readonly pool: Pool;
  readonly credentials: Pick<Credentials, "nameOf" | "watch">;
  readonly log: Logger;
}

type Hello = Extract<FromTranscoder, { type: "hello" }>;

/** One connection: who it is, and by which secret. */
interface Guest {
  readonly name: string;
  readonly secret: string;
  readonly socket: WebSocket;
}

/**
 * Lets transcoders join the pool at a path of an HTTP server: one connection for each name, for as long as its credential holds.
 * @returns a function that disconnects them all
 */
export function acceptTranscoders(options: DoorOptions, modules: DoorModules): () => void {
  const { server, pool, credentials, log } = modules;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  const guests = new Map<string, Guest>();

  const onUpgrade = (request: IncomingMessage, line: Socket, head: Buffer) => {
    const path = (request.url ?? "").split("?", 1)[0];
    const secret = /^Bearer (.{1,512})$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const name = credentials.nameOf(secret);
    const refuse = (status: string, why: string) => {
      log.warn({ from: line.remoteAddress, transcoder: name }, `transcoder refused: ${why}`);
      line.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    };
    if (path !== options.path) return refuse("404 Not Found", "wrong path");
    if (name === null) return refuse("401 Unauthorized", "wrong secret");
    // One that was cut off is let in again when its old connection has been given up.
    if (guests.has(name)) return refuse("409 Conflict", "its name is connected already");
    sockets.handleUpgrade(request, line, head, (socket) => welcome({ name, secret, socket }, line));
  };

  const welcome = (guest: Guest, line: Socket) => {
    const { name, socket } = guest;
    guests.set(name, guest);
    let joined: ReturnType<typeof join> | undefined;
    const hello = setTimeout(() => socket.close(1002, "hello expected"), HELLO_MS);
    socket.on("error", (error) => log.warn({ err: error, transcoder: name }, "transcoder connection failed"));
    socket.on("close", () => {
      clearTimeout(hello);
      guests.delete(name);
    });
    watchLiveness(socket, line, options.silenceMs);
    receive(socket, fromTranscoderSchema, (message, parts) => {
      if (message.type === "hello") {
        if (joined !== undefined) return socket.close(1002, "second hello");
        clearTimeout(hello);
        joined = join(guest, message);
        return;
      }
      if (joined === undefined) return socket.close(1002, "hello expected");
      if (message.type === "draining") return joined.drain();
      joined.transcoder.answer(message, parts);
    });
  };

  const join = ({ name, socket }: Guest, { capacity, speed, encoders }: Hello) => {
    const transcoder = new RemoteTranscoder({ name, capacity, speed, hardware: encoders[0] ?? null }, { socket });
    const { leave, drain } = pool.add(transcoder);
    log.info({ transcoder: name, capacity, speed, encoders }, "transcoder joined");
    socket.on("close", () => {
      leave();
      log.info({ transcoder: name }, "transcoder left");
    });
    return {
      transcoder,
      drain: () => {
        log.info({ transcoder: name }, "transcoder draining");
        void drain().then(() => socket.close(1000, "drained"));
      },
    };
  };

  const stopWatching = credentials.watch(() => {
    for (const { name, secret, socket } of guests.values()) {
      if (credentials.nameOf(secret) === name) continue;
      log.warn({ transcoder: name }, "transcoder disconnected: its credential is revoked");
      socket.terminate();
    }
  });

  server.on("upgrade", onUpgrade);
  return () => {
    stopWatching();
    server.off("upgrade", onUpgrade);
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}
