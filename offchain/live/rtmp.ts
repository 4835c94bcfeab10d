import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { asStreamflowError, StreamflowError } from "../errors.ts";
import { begin } from "../media/begin.ts";
import { cutLive } from "../media/cut-live.ts";
import { freePort } from "../net/free-port.ts";
import { type Publisher, streamNameSchema } from "./admission.ts";
import { cutting, feed, type FeedModules, type FeedOptions } from "./feed.ts";

export interface RtmpOptions extends FeedOptions {
  readonly host: string;
  readonly port: number;
  /** Connections at the same time, at most: each is a process. */
  readonly most: number;
}

/** {ms} From the connection to the name of the stream. */
const HELLO_MS = 10_000;
/** {ms} Between two attempts to reach the ffmpeg that was just started. */
const ATTEMPT_MS = 20;
/** The first byte of an RTMP connection: its version. */
const RTMP_VERSION = 3;

export interface RtmpServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens for RTMP publishers, many on one port. Each connection is passed to an ffmpeg of its own, which speaks the protocol: what strangers
 * send is parsed in a process that holds no key. The stream's name has the key as a query: `name?key=…`.
 */
export async function listenRtmp(options: RtmpOptions, modules: FeedModules): Promise<RtmpServer> {
  const { log } = modules;
  const sockets = new Set<Socket>();
  const running = new Set<Promise<void>>();
  const server = createServer((socket) => {
    const remote = socket.remoteAddress ?? "";
    socket.on("error", () => socket.destroy());
    if (sockets.size >= options.most) {
      log.warn({ remote, connections: sockets.size }, "RTMP connection refused: there are too many");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const served = serve(socket, options, modules)
      .catch((thrown: unknown) => {
        const { code, message: detail } = asStreamflowError(thrown);
        log.warn({ remote, code, detail }, "RTMP connection ended");
      })
      .finally(() => {
        socket.destroy();
        running.delete(served);
      });
    running.add(served);
  });
  server.listen({ host: options.host, port: options.port });
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(running);
    },
  };
}

async function serve(socket: Socket, options: FeedOptions, { streams, ffmpeg, log }: FeedModules): Promise<void> {
  const stop = new AbortController();
  const named = Promise.withResolvers<string>();
  named.promise.catch(() => undefined);
  socket.once("close", () => {
    // What was sent before is still cut and published; what never had a name is not waited for.
    named.reject(new StreamflowError("RequestInvalid", "the connection ended before it named a stream"));
  });
  await firstByte(socket);

  // ffmpeg names the stream in its log when it is not the one that it was told to expect; nobody can guess this one.
  const expected = randomBytes(16).toString("hex");
  const port = await freePort();
  let said = "";
  const segments = cutLive(
    ffmpeg,
    {
      // What nginx forwards is known by its name as live FLV.
      options: [
        ...["-protocol_whitelist", "rtmp,tcp", "-format_whitelist", "flv,live_flv"],
        ...["-listen", "1", "-timeout", "10"],
      ],
      source: `rtmp://127.0.0.1:${port}/${expected}/${expected}`,
    },
    {
      ...cutting(options, stop.signal, log),
      onStderr: (text) => {
        if (said.length > 65_536) return;
        said += text;
        const name = /^.*Unexpected stream (.{1,512}), expecting [0-9a-f]{32}\s*$/m.exec(said)?.[1];
        if (name !== undefined) named.resolve(name);
      },
    },
  );
  const begun = begin(segments, (error) => named.reject(error));
  try {
    const inner = await reach(port, stop.signal);
    inner.on("error", () => socket.destroy());
    inner.once("close", () => socket.destroy());
    socket.once("close", () => inner.end());
    socket.pipe(inner).pipe(socket);

    const timer = setTimeout(
      () => named.reject(new StreamflowError("RequestInvalid", `no stream was named within ${HELLO_MS} ms`)),
      HELLO_MS,
    );
    const publisher = readPublisher(await named.promise.finally(() => clearTimeout(timer)), socket.remoteAddress ?? "");
    const connection = await streams.connect(publisher);
    connection.signal.addEventListener("abort", () => stop.abort(connection.signal.reason), { once: true });
    log.info({ name: publisher.name, remote: publisher.remote }, "RTMP publisher connected");
    try {
      await feed(begun, connection);
    } finally {
      // RTMP does not say reliably whether an encoder has finished or was lost.
      connection.close(false);
      log.info({ name: publisher.name }, "RTMP publisher gone");
    }
  } finally {
    stop.abort(new StreamflowError("Stopped", "the RTMP connection has ended"));
    await segments.return();
  }
}

/** Resolves when the other end has begun to speak RTMP; nothing is started for one that does not. */
async function firstByte(socket: Socket): Promise<void> {
  const signal = AbortSignal.timeout(HELLO_MS);
  await once(socket, "readable", { signal }).catch(() => undefined);
  const chunk = socket.read() as Buffer | null;
  if (chunk?.[0] !== RTMP_VERSION) throw new StreamflowError("RequestInvalid", "this is no RTMP connection");
  socket.unshift(chunk);
}

/** A connection to the ffmpeg that was just started, which does not say when it listens. */
async function reach(port: number, signal: AbortSignal): Promise<Socket> {
  const deadline = performance.now() + HELLO_MS;
  for (;;) {
    const socket = connect({ host: "127.0.0.1", port });
    try {
      await once(socket, "connect", { signal });
      return socket;
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      if (performance.now() > deadline) throw error;
    }
    await delay(ATTEMPT_MS, undefined, { signal });
  }
}

/** `name` or `name?key=…`. @throws StreamflowError RequestInvalid */
function readPublisher(text: string, remote: string): Publisher {
  const [name, query] = text.split("?", 2);
  const parsed = streamNameSchema.safeParse(name);
  if (!parsed.success)
    throw new StreamflowError("RequestInvalid", "the stream's name is not one of letters, digits, - and _");
  return { name: parsed.data, key: new URLSearchParams(query).get("key"), protocol: "rtmp", remote };
}
