import { on, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { pino, type Logger } from "pino";
import { WebSocket } from "ws";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { createCredential, Credentials, writeCredentials } from "../../../offchain/pool/credentials.ts";
import { Pool } from "../../../offchain/pool/pool.ts";
import { acceptTranscoders } from "../../../offchain/pool/remote.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { expectCode } from "../pm/coded.ts";
import { workOf } from "./Transcoder__Fake.ts";

const LIVE = new AbortController().signal;
const WORK = workOf();

describe("a pool's WebSocket", () => {
  let log: Logger;
  let dir: string;
  let file: string;
  let secret: string;
  let credentials: Credentials;
  let server: Server;
  let pool: Pool;
  let stop: () => void;
  let url: string;
  let joined: Promise<void>;
  let left: Promise<void>;

  beforeEach(async () => {
    log = pino({ level: "silent" });
    dir = await mkdtemp(path.join(tmpdir(), "pool-"));
    file = path.join(dir, "pool.json");
    const made = createCredential("worker");
    secret = made.secret;
    await writeCredentials(file, [made.credential]);
    credentials = await Credentials.open(file, { log });
    server = createServer();
    pool = new Pool({ clock: new Clock__Fake() });
    const [coming, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    [joined, left] = [coming.promise, going.promise];
    const add = pool.add.bind(pool);
    pool.add = (transcoder) => {
      const { drain, leave } = add(transcoder);
      coming.resolve();
      return {
        drain,
        leave: () => {
          leave();
          going.resolve();
        },
      };
    };
    stop = acceptTranscoders({ path: "/v1/pool", silenceMs: 60_000 }, { server, pool, credentials, log });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    stop();
    credentials.close();
    await rm(dir, { recursive: true });
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  const open = (at = "/v1/pool", token = secret) =>
    new WebSocket(`${url}${at}`, { headers: { authorization: `Bearer ${token}` } });
  const closeCode = async (socket: WebSocket) => ((await once(socket, "close")) as [number])[0];

  async function join(): Promise<WebSocket> {
    const socket = open();
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "hello", capacity: 1, speed: null, encoders: [], parts: 0 }));
    await joined;
    return socket;
  }

  it("refuses a wrong secret, another's, a missing one and another path", async () => {
    const [other] = createCredential("other").secret.split(".").slice(1);
    for (const [socket, status] of [
      [open("/v1/pool", "not-the-secret-at-all"), "401"],
      [open("/v1/pool", `worker.${other}`), "401"],
      [open("/v1/pool", secret.replace("worker", "other")), "401"],
      [new WebSocket(`${url}/v1/pool`), "401"],
      [open("/v1/other"), "404"],
    ] as const) {
      const [error] = (await once(socket, "error")) as [Error];
      expect(error.message).to.contain(status);
    }
    expect(pool.capacity()).to.equal(0);
  });

  it("takes one connection of a name at a time", async () => {
    const first = await join();
    const [error] = (await once(open(), "error")) as [Error];
    expect(error.message).to.contain("409");
    first.terminate();
    await left;
    const again = open();
    await once(again, "open");
  });

  it("disconnects a transcoder whose credential is taken away, and one whose secret was replaced", async () => {
    const replaced = createCredential("worker");
    for (const list of [[replaced.credential], []]) {
      const socket = open();
      await once(socket, "open");
      const closed = once(socket, "close");
      await writeCredentials(file, list);
      await closed;
      const [error] = (await once(open(), "error")) as [Error];
      expect(error.message).to.contain("401");
      secret = replaced.secret;
    }
  });

  it("goes on with what it knows when the file is spoilt", async () => {
    const socket = open();
    await once(socket, "open");
    const complained = new Promise<void>((resolve) => (log.error = () => resolve()));
    await writeFile(file, "{");
    await complained;
    expect(credentials.nameOf(secret)).to.equal("worker");
    expect(socket.readyState).to.equal(WebSocket.OPEN);
  });

  it("cuts off whoever breaks the protocol", async () => {
    const messages = [
      (socket: WebSocket) => socket.send("{"),
      (socket: WebSocket) =>
        socket.send(JSON.stringify({ type: "hello", capacity: 0, speed: null, encoders: [], parts: 0 })),
      (socket: WebSocket) =>
        socket.send(JSON.stringify({ type: "hello", capacity: 1, speed: null, encoders: [], parts: 0, extra: 1 })),
      (socket: WebSocket) => socket.send(Buffer.from("unannounced")),
      (socket: WebSocket) => {
        socket.send(JSON.stringify({ type: "result", id: 0, parts: 2 }));
        socket.send(JSON.stringify({ type: "hello", capacity: 1, speed: null, encoders: [], parts: 0 }));
      },
    ];
    for (const breach of messages) {
      const socket = open();
      await once(socket, "open");
      breach(socket);
      expect(await closeCode(socket)).to.equal(1002);
    }
  });

  it("takes a transcoder in, gives it work, and gives the work back as TranscoderLost when it is gone", async () => {
    const socket = await join();
    expect(pool.capacity()).to.equal(1);
    const place = pool.reserve();
    const result = place.transcode(WORK, LIVE);
    const [header] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(header.toString())).to.deep.include({ type: "work", parts: 1 });
    socket.terminate();
    await expectCode(result, "TranscoderLost");
    expect(pool.capacity()).to.equal(0);
  });

  it("takes renditions that are no video as a failure of the work, and ignores late answers", async () => {
    const socket = await join();
    const place = pool.reserve();
    const result = place.transcode(WORK, LIVE);
    await once(socket, "message");
    socket.send(
      JSON.stringify({ type: "failure", id: 999, code: "TranscodeFailed", detail: "of other work", parts: 0 }),
    );
    socket.send(JSON.stringify({ type: "result", id: 0, parts: 1 }));
    socket.send(Buffer.from("not a transport stream"));
    expect(isStreamflowError(await result.catch((error: unknown) => error), "TranscodeFailed")).to.equal(true);
    expect(pool.capacity()).to.equal(1);
    place.release();
  });

  it("tells the transcoder when nobody waits any more", async () => {
    const socket = await join();
    const place = pool.reserve();
    const cancel = new AbortController();
    const messages = on(socket, "message")[Symbol.asyncIterator]();
    const result = place.transcode(WORK, cancel.signal);
    result.catch(() => undefined);
    // Header and part can arrive in one go, so they are taken from a queue.
    await messages.next();
    await messages.next();
    cancel.abort();
    const { value } = (await messages.next()) as { value: [Buffer] };
    const [header] = value;
    expect(JSON.parse(header.toString())).to.deep.equal({ type: "cancel", id: 0, parts: 0 });
    expect(isStreamflowError(await result.catch((error: unknown) => error), "TranscodeFailed")).to.equal(true);
  });

  it("lets a transcoder leave when it has answered everything, and gives it nothing more", async () => {
    const socket = await join();
    const place = pool.reserve();
    const result = place.transcode(WORK, LIVE);
    result.catch(() => undefined);
    const messages = on(socket, "message")[Symbol.asyncIterator]();
    await messages.next();
    await messages.next();
    socket.send(JSON.stringify({ type: "draining", parts: 0 }));
    socket.ping();
    await once(socket, "pong");
    expect(pool.capacity(), "nothing more").to.equal(0);
    expect(socket.readyState, "its answer is waited for").to.equal(WebSocket.OPEN);
    socket.send(JSON.stringify({ type: "failure", id: 0, code: "TranscodeFailed", detail: "last", parts: 0 }));
    expect(await closeCode(socket)).to.equal(1000);
    await expectCode(result, "TranscodeFailed");
  });

  it("N3: gives up a transcoder that is silent, though its connection stands", async () => {
    stop();
    stop = acceptTranscoders({ path: "/v1/pool", silenceMs: 60 }, { server, pool, credentials, log });
    // Stands for a frozen process: the system holds its connection, and it answers nothing.
    const frozen = new WebSocket(`${url}/v1/pool`, { headers: { authorization: `Bearer ${secret}` }, autoPong: false });
    await once(frozen, "open");
    frozen.send(JSON.stringify({ type: "hello", capacity: 1, speed: null, encoders: [], parts: 0 }));
    await joined;
    const result = pool.reserve().transcode(WORK, LIVE);
    await expectCode(result, "TranscoderLost");
    expect(pool.counts()).to.deep.include({ lost: 1 });
  });
});
