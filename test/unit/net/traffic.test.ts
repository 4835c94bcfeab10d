import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { PROBLEM_TYPE } from "../../../offchain/net/problem.ts";
import { RateLimit } from "../../../offchain/net/rate-limit.ts";
import { createServer, type ServerOptions } from "../../../offchain/net/server.ts";
import {
  DEFAULT_TRAFFIC,
  inRanges,
  isAddressRange,
  peerOf,
  Traffic,
  type TrafficLimits,
} from "../../../offchain/net/traffic.ts";

const LOG = pino({ level: "silent" });
/** {1} Of a broadcaster: segments in flight to one orchestrator. */
const PARALLEL = 64;

function refusal(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return isStreamflowError(error) ? error.code : String(error);
  }
}

describe("traffic", () => {
  const traffic = (limits: Partial<TrafficLimits>) => new Traffic({ ...DEFAULT_TRAFFIC, ...limits });

  it("N3: refuses a peer that has too much under way, and nobody else", () => {
    const counted = traffic({ requestsPerPeer: 2 });
    const leave = counted.enter("a", 0);
    counted.enter("a", 0);
    expect(refusal(() => counted.enter("a", 0))).to.equal("TooManyRequests");
    expect(refusal(() => counted.enter("b", 0))).to.equal(null);
    leave();
    leave();
    expect(refusal(() => counted.enter("a", 0))).to.equal(null);
    expect(refusal(() => counted.enter("a", 0))).to.equal("TooManyRequests");
  });

  it("N3: refuses everybody beyond what the server can hold, in requests and in bytes", () => {
    const few = traffic({ requests: 2 });
    for (const peer of ["a", "b"]) few.enter(peer, 0);
    expect(refusal(() => few.enter("c", 0))).to.equal("ServerBusy");
    const small = traffic({ bytes: 100 });
    const leave = small.enter("a", 150);
    expect(refusal(() => small.enter("b", 1))).to.equal("ServerBusy");
    leave();
    for (const peer of ["b", "c"]) small.enter(peer, 50);
    expect(refusal(() => small.enter("d", 1))).to.equal("ServerBusy");
    expect(small.bytes).to.equal(100);
  });

  it("never meets a broadcaster with 64 segments of 8 MiB in flight that asks for a quote with each", () => {
    const counted = traffic({});
    for (let i = 0; i < PARALLEL; i++) {
      counted.enter("a", 8 * 2 ** 20);
      counted.enter("a", 0)();
    }
    expect(counted.requests).to.equal(PARALLEL);
  });

  it("counts the /64 of an IPv6 address, and an IPv4 address however it is written", () => {
    expect(peerOf("2001:db8::1")).to.equal("2001:db8:0:0::/64");
    expect(peerOf("2001:0db8:0:0:ffff::9")).to.equal("2001:db8:0:0::/64");
    expect(peerOf("2001:db8:0:1::1")).not.to.equal(peerOf("2001:db8::1"));
    expect(peerOf("fe80::1%eth0")).to.equal(peerOf("fe80::2"));
    expect(peerOf("::ffff:10.0.0.1")).to.equal("10.0.0.1");
    expect(peerOf("10.0.0.1")).to.equal("10.0.0.1");
    expect(peerOf(undefined)).to.equal("unknown");
  });

  it("knows the ranges of trusted proxies", () => {
    const isIn = inRanges(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]);
    expect(["10.9.8.7", "192.0.2.1", "2001:db8:1::1"].filter(isIn)).to.have.length(3);
    expect(["11.0.0.1", "192.0.2.2", "2001:db9::1", "nobody"].filter(isIn)).to.deep.equal([]);
    for (const wrong of ["10.0.0.0/33", "10.0.0", "::/129", "10.0.0.0/8/8", "10.0.0.0/x", ""])
      expect(isAddressRange(wrong), wrong).to.equal(false);
  });
});

describe("a rate limit", () => {
  it("gives as much as was promised, and says when there is more", () => {
    let now = 0;
    const limit = new RateLimit({ most: 4, everyMs: 1_000 }, () => now);
    for (let i = 0; i < 4; i++) expect(limit.take("a")).to.equal(0);
    expect(limit.take("a")).to.equal(250);
    expect(limit.take("b")).to.equal(0);
    now = 250;
    expect(limit.take("a")).to.equal(0);
    expect(limit.take("a")).to.equal(250);
    now = 1_000_000;
    for (let i = 0; i < 4; i++) expect(limit.take("a")).to.equal(0);
    expect(limit.take("a")).to.be.above(0);
  });

  it("N3: remembers a bounded number of names", () => {
    const limit = new RateLimit({ most: 1, everyMs: 1_000 }, () => 0);
    for (let name = 0; name < 20_000; name++) limit.take(String(name));
    expect(limit.size).to.equal(10_000);
  });
});

describe("a server within limits", () => {
  const servers: FastifyInstance[] = [];
  const sockets: Socket[] = [];
  /** Ends the answers that are being waited for. */
  let release: () => void = () => undefined;

  async function serve(traffic: Partial<TrafficLimits>, options: Partial<ServerOptions> = {}): Promise<URL> {
    const { promise, resolve } = Promise.withResolvers<void>();
    release = resolve;
    const server = createServer(
      { bodyLimit: 1_000, requestTimeoutMs: 5_000, traffic: { ...DEFAULT_TRAFFIC, ...traffic }, ...options },
      LOG,
    );
    server.post("/now", () => ({ ip: "ok" }));
    server.get("/who", (request) => ({ ip: request.ip }));
    server.post("/later", async () => {
      await promise;
      return {};
    });
    servers.push(server);
    return new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  }
  afterEach(async () => {
    release();
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  const post = (url: URL, path: string) =>
    fetch(new URL(path, url), { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  async function dial({ hostname, port }: URL): Promise<Socket> {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  }
  /** What the server says until it closes. */
  async function saidTo(socket: Socket): Promise<string> {
    const said: Buffer[] = [];
    socket.on("data", (bytes: Buffer) => said.push(bytes));
    await once(socket, "close");
    return Buffer.concat(said).toString();
  }

  it("N3: refuses the request that is too many, with the time after which to come again", async () => {
    const url = await serve({ requestsPerPeer: 2 });
    const waiting = [post(url, "/later"), post(url, "/later")];
    // Only when both are there is a third one too many.
    let refused = await post(url, "/now");
    while (refused.status === 200) refused = await post(url, "/now");
    expect(refused.status).to.equal(429);
    expect(refused.headers.get("retry-after")).to.equal("1");
    expect(refused.headers.get("content-type")).to.contain(PROBLEM_TYPE);
    expect(await refused.json()).to.deep.include({ code: "TooManyRequests", data: { retryAfterSeconds: 1 } });
    release();
    expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await post(url, "/now")).status).to.equal(200);
  });

  it("N3: forgets what a peer that went away had under way", async () => {
    const url = await serve({ requestsPerPeer: 1 });
    const socket = await dial(url);
    const arrived = once(servers.at(-1)!.server, "request");
    socket.write("POST /later HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n");
    await arrived;
    expect((await post(url, "/now")).status).to.equal(429);
    socket.destroy();
    let answer = await post(url, "/now");
    while (answer.status === 429) answer = await post(url, "/now");
    expect(answer.status).to.equal(200);
  });

  it("N3: closes a connection that is one too many of its peer", async () => {
    const url = await serve({ connectionsPerPeer: 2 });
    const [first] = [await dial(url), await dial(url)];
    expect(await saidTo(await dial(url))).to.equal("");
    first?.destroy();
    // The server has to hear of it first.
    for (;;) {
      const socket = await dial(url);
      socket.write("GET /who HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      if ((await saidTo(socket)).startsWith("HTTP/1.1 200")) break;
    }
  });

  it("N3: waits for a slow head and a slow body only so long", async () => {
    const url = await serve({ headersMs: 200 }, { requestTimeoutMs: 400 });
    const slowHead = await dial(url);
    slowHead.write("POST /now HTTP/1.1\r\nhost: x\r\nx-slow: ");
    const slowBody = await dial(url);
    slowBody.write("POST /now HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{");
    const silent = await dial(url);
    for (const said of await Promise.all([slowHead, slowBody, silent].map(saidTo))) {
      expect(said).to.match(/^HTTP\/1\.1 408 /);
      expect(said).to.contain('"code":"RequestTimedOut"');
    }
  });

  it("N3: gives who does not read its answer only so long", async () => {
    const server = createServer(
      { bodyLimit: 1_000, requestTimeoutMs: 5_000, traffic: { ...DEFAULT_TRAFFIC, answerMs: 200 } },
      LOG,
    );
    servers.push(server);
    server.get("/large", async (_request, reply) =>
      reply.type("application/octet-stream").send(Buffer.alloc(2 ** 24, 1)),
    );
    const large = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
    const closed = new Promise((resolve) =>
      server.server.once("connection", (socket) => socket.once("close", resolve)),
    );
    const socket = await dial(large);
    socket.pause();
    socket.write("GET /large HTTP/1.1\r\nhost: x\r\n\r\n");
    await closed;
  });

  it("believes x-forwarded-for of a trusted proxy and of nobody else", async () => {
    const ask = async (url: URL) => {
      const answer = await fetch(new URL("/who", url), { headers: { "x-forwarded-for": "192.0.2.7" } });
      return ((await answer.json()) as { ip: string }).ip;
    };
    expect(await ask(await serve({}))).to.equal("127.0.0.1");
    expect(await ask(await serve({ trustedProxies: ["127.0.0.0/8"] }))).to.equal("192.0.2.7");
  });

  it("answers with a problem what is no HTTP, and closes", async () => {
    const url = await serve({});
    for (const [head, status, code] of [
      ["NONSENSE\r\n\r\n", 400, "RequestInvalid"],
      ["GET / HTTP/9.9\r\n\r\n", 400, "RequestInvalid"],
      [`GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, 431, "HeadTooLarge"],
      ["POST /now HTTP/1.1\r\nhost: x\r\nexpect: a miracle\r\n\r\n", 400, "RequestInvalid"],
      ["GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", 400, "RequestInvalid"],
    ] as const) {
      const socket = await dial(url);
      socket.write(head);
      const said = await saidTo(socket);
      expect(said, head.slice(0, 40)).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(said.toLowerCase()).to.contain(`content-type: ${PROBLEM_TYPE}`);
      expect(said).to.contain(`"code":"${code}"`);
    }
  });
});
