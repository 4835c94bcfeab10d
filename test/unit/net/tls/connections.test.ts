import { X509Certificate } from "node:crypto";
import { connect, createServer as createTlsServer } from "node:tls";
import { once } from "node:events";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { WebSocket, WebSocketServer } from "ws";
import { isStreamflowError } from "../../../../offchain/errors.ts";
import { PeerClient } from "../../../../offchain/net/client.ts";
import { createServer, renewCertificate } from "../../../../offchain/net/server.ts";
import { type KeyPair, selfSigned } from "../../../../offchain/net/tls/certificate.ts";
import { CheckedAgent } from "../../../../offchain/net/tls/checked-agent.ts";
import { KnownServers } from "../../../../offchain/net/tls/known-servers.ts";
import { pinnedKey } from "../../../../offchain/net/tls/pinned-key.ts";
import { signServerKey, spkiHashOf } from "../../../../offchain/net/tls/server-key.ts";
import { serverKeyRoute, Voucher, type VoucherModules } from "../../../../offchain/net/tls/voucher.ts";
import { DEFAULT_TRAFFIC, type TrafficLimits } from "../../../../offchain/net/traffic.ts";
import { SERVER_KEY_PATH } from "../../../../offchain/net/wire.ts";
import { createSigner } from "../../../../offchain/pm/crypto.ts";
import { getOverTls, silentConnection, startImpostor } from "../../../fixtures/tls.ts";
import { Clock__Fake } from "../../pm/Clock__Fake.ts";
import { expectCode } from "../../pm/coded.ts";

const LOG = pino({ level: "silent" });
const DOMAIN = { chainId: 31337n, verifyingContract: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0" };
const SIGNER = createSigner(`0x${"22".repeat(32)}`);
const OTHER = createSigner(`0x${"33".repeat(32)}`);
const HOUR_MS = 3_600_000;
const SECRET = "something of value";
const VALUE = JSON.stringify({ value: SECRET });
const NO_HASH = { spkiHash: `0x${"00".repeat(32)}` };

const spkiHash = ({ cert }: KeyPair) => spkiHashOf(new X509Certificate(cert));

describe("a connection to an orchestrator's server", () => {
  let pair: KeyPair;
  let otherPair: KeyPair;
  let clock: Clock__Fake;
  let client: PeerClient;
  const servers: FastifyInstance[] = [];

  before(async () => {
    [pair, otherPair] = await Promise.all([selfSigned("one"), selfSigned("other")]);
  });
  beforeEach(() => {
    clock = new Clock__Fake();
    client = new PeerClient({ servers: new KnownServers({ domain: DOMAIN }, { clock }) });
  });
  afterEach(async () => {
    client.close();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  interface Opened {
    readonly server: FastifyInstance;
    readonly url: URL;
    /** Bodies and paths, in their order. */
    readonly heard: string[];
    /** {1} */
    readonly connections: () => number;
  }

  /** A server that repeats what it is sent. */
  async function open(
    voucher: Pick<Voucher, "statement"> | null,
    { tls = pair, ...limits }: { tls?: KeyPair } & Partial<TrafficLimits> = {},
  ): Promise<Opened> {
    const server = createServer(
      { bodyLimit: 10_000, requestTimeoutMs: 5_000, tls, traffic: { ...DEFAULT_TRAFFIC, ...limits } },
      LOG,
    );
    servers.push(server);
    const heard: string[] = [];
    let connections = 0;
    server.server.on("secureConnection", () => connections++);
    server.addHook("preHandler", async (request) => {
      heard.push(request.url, ...(request.body === undefined ? [] : [JSON.stringify(request.body)]));
    });
    if (voucher !== null) serverKeyRoute(server, voucher);
    server.post("/echo", (request) => request.body);
    const url = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
    return { server, url, heard, connections: () => connections };
  }

  const vouching = (modules: Partial<VoucherModules> = {}, lifeMs?: number) =>
    new Voucher(
      { domain: DOMAIN, ...(lifeMs !== undefined && { lifeMs }) },
      { signer: SIGNER, certificate: NO_HASH, clock, ...modules },
    );
  const ask = (url: URL, orchestrator = SIGNER.address, once = false) =>
    client.post({
      ...{ url: new URL("/echo", url), orchestrator, once, maxBytes: 10_000 },
      ...{ body: VALUE, contentType: "application/json", signal: AbortSignal.timeout(60_000) },
    });

  it("is used when the account vouches for its key, and kept for what follows", async () => {
    const { url, heard, connections } = await open(vouching());
    for (let i = 0; i < 3; i++) expect((await ask(url)).body.toString()).to.equal(VALUE);
    expect(connections()).to.equal(1);
    const said = ["/echo", VALUE];
    expect(heard).to.deep.equal([SERVER_KEY_PATH, ...said, ...said, ...said]);
  });

  it("is opened anew for each question of a kind, and the statement is asked for once", async () => {
    const { url, heard, connections } = await open(vouching());
    for (let i = 0; i < 3; i++) await ask(url, SIGNER.address, true);
    expect(connections()).to.equal(3);
    expect(heard.filter((path) => path === SERVER_KEY_PATH)).to.have.length(1);
  });

  it("carries many requests at a time", async () => {
    const { url } = await open(vouching());
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(url)));
    expect(answers.every(({ body }) => body.toString() === VALUE)).to.equal(true);
  });

  it("N2: gets nothing of value when nobody vouches for its key, or the wrong one does", async () => {
    const signed = (spkiHash: string, validUntil = clock.now() + HOUR_MS, signer = SIGNER) => ({
      statement: () => signServerKey(signer, { orchestrator: SIGNER.address, spkiHash, validUntil }, DOMAIN),
    });
    const own = spkiHash(pair);
    const refused: [string | null, Pick<Voucher, "statement"> | null][] = [
      ["form", null],
      ["form", { statement: () => Promise.resolve("nothing" as never) }],
      ["orchestrator", vouching({ signer: OTHER })],
      ["spkiHash", signed(spkiHash(otherPair))],
      ["validUntil", signed(own, clock.now() - 1)],
      ["signature", signed(own, clock.now() + HOUR_MS, OTHER)],
    ];
    for (const [field, voucher] of refused) {
      const { url, heard } = await open(voucher);
      const error = await expectCode(ask(url), "PeerUnverified");
      expect(error.data["field"]).to.equal(field);
      expect(
        heard.filter((path) => path !== SERVER_KEY_PATH),
        field!,
      ).to.deep.equal([]);
    }
  });

  it("N2: is good for one orchestrator, and for no other at the same address", async () => {
    const { url, heard } = await open(vouching());
    await ask(url);
    const before = heard.length;
    await expectCode(ask(url, OTHER.address), "PeerUnverified");
    expect(heard.slice(before)).to.deep.equal([SERVER_KEY_PATH]);
  });

  it("N2: gives somebody in between the request for the statement, and nothing else", async () => {
    const { url } = await open(vouching());
    const impostor = await startImpostor(otherPair, Number(url.port));
    try {
      const error = await expectCode(ask(new URL(`https://127.0.0.1:${impostor.port}`)), "PeerUnverified");
      expect(error.data["field"]).to.equal("spkiHash");
      expect(impostor.received()).to.match(/^GET \/v1\/server-key HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
      expect(impostor.received()).not.to.contain(SECRET);
      // Also when the client knows the statement by then.
      await ask(url);
      await expectCode(ask(new URL(`https://127.0.0.1:${impostor.port}`)), "PeerUnverified");
      expect(impostor.received()).not.to.contain(SECRET);
    } finally {
      await impostor.close();
    }
  });

  it("goes on when the server's certificate is another one, and new ones are checked by its new key", async () => {
    const { server, url, heard } = await open(vouching());
    await ask(url);
    renewCertificate(server, otherPair);
    await ask(url);
    expect(heard.filter((path) => path === SERVER_KEY_PATH)).to.have.length(1);
    await ask(url, SIGNER.address, true);
    expect(heard.filter((path) => path === SERVER_KEY_PATH)).to.have.length(2);
    const { json, socket } = await getOverTls(Number(url.port), SERVER_KEY_PATH);
    socket.destroy();
    expect(json).to.have.nested.property("serverKey.spkiHash", spkiHash(otherPair));
  });

  it("ends with the statement by which it was good", async () => {
    const { url, heard, connections } = await open(vouching({}, HOUR_MS));
    await ask(url);
    clock.advance(HOUR_MS);
    await ask(url);
    expect(connections(), "at the last moment").to.equal(1);
    clock.advance(1);
    await ask(url);
    expect(connections()).to.equal(2);
    expect(heard.filter((path) => path === SERVER_KEY_PATH)).to.have.length(2);
  });

  it("is vouched for with a statement that has half of its life before it", async () => {
    const voucher = vouching({}, HOUR_MS);
    const { url } = await open(voucher);
    const validUntil = async () => {
      const { json, socket } = await getOverTls(Number(url.port), SERVER_KEY_PATH);
      socket.destroy();
      return (json as { serverKey: { validUntil: number } }).serverKey.validUntil - clock.now();
    };
    expect(await validUntil()).to.equal(HOUR_MS);
    clock.advance(HOUR_MS / 2);
    expect(await validUntil()).to.equal(HOUR_MS / 2);
    clock.advance(1);
    expect(await validUntil()).to.equal(HOUR_MS);
  });

  it("is left at once when the server is too busy to say whose it is, which is held against nobody", async () => {
    const { url } = await open(vouching(), { requestsPerSecond: 1 });
    await expectCode(ask(url), "TooManyRequests");
  });

  it("N3: is given up when nothing comes of the handshake, or no statement", async () => {
    const silent = createTlsServer(pair, () => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    try {
      const call = { url: new URL(`https://127.0.0.1:${port}`), orchestrator: SIGNER.address, maxBytes: 1 };
      const begun = performance.now();
      await expectCode(client.get({ ...call, signal: AbortSignal.timeout(200) }), "PeerFailed");
      expect(performance.now() - begun).to.be.below(5_000);
    } finally {
      client.close();
      silent.close();
    }
  });

  it("N3: has only so long for its handshake, and for the head of a request after it", async () => {
    const { url } = await open(vouching(), { headersMs: 200 });
    const { ended } = await silentConnection(Number(url.port));
    await ended;
    const socket = connect({ host: "127.0.0.1", port: Number(url.port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    socket.write("GET / HTTP/1.1\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).to.match(/^HTTP\/1\.1 408 /);
    await once(socket, "close");
  });

  it("N3: is counted, and forgotten when it ends", async () => {
    const { url } = await open(vouching(), { connectionsPerPeer: 2 });
    for (let i = 0; i < 6; i++) {
      const { status, socket } = await getOverTls(Number(url.port), SERVER_KEY_PATH);
      expect(status).to.equal(200);
      socket.destroy();
      await once(socket, "close");
    }
    const open1 = await silentConnection(Number(url.port));
    const open2 = await silentConnection(Number(url.port));
    const { ended } = await silentConnection(Number(url.port));
    await ended;
    void open1.ended.catch(() => undefined);
    void open2.ended.catch(() => undefined);
  });
});

describe("a connection to a server whose key is known", () => {
  it("N2: is told a secret when it has shown that key, and not before", async () => {
    const [pair, otherPair] = await Promise.all([selfSigned("one"), selfSigned("other")]);
    const server = createHttpsServer(pair).listen(0, "127.0.0.1");
    const sockets = new WebSocketServer({ server });
    const heard: (string | undefined)[] = [];
    server.on("upgrade", (request) => heard.push(request.headers.authorization));
    await once(server, "listening");
    const open = (known: KeyPair) =>
      new WebSocket(`wss://127.0.0.1:${(server.address() as AddressInfo).port}`, {
        headers: { authorization: "Bearer secret" },
        agent: new CheckedAgent({}, pinnedKey(spkiHash(known))),
      });
    try {
      const [error] = (await once(open(otherPair), "error")) as [Error];
      expect(isStreamflowError(error, "PeerUnverified"), error.message).to.equal(true);
      expect(heard).to.deep.equal([]);
      const socket = open(pair);
      await once(socket, "open");
      expect(heard).to.deep.equal(["Bearer secret"]);
      socket.terminate();
    } finally {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
    }
  });
});
