import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "chai";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { StreamflowError } from "../../../offchain/errors.ts";
import { PeerClient } from "../../../offchain/net/client.ts";
import { PROBLEM_TYPE } from "../../../offchain/net/problem.ts";
import { createServer } from "../../../offchain/net/server.ts";
import { PeerSegments } from "../../../offchain/node/peer-segments.ts";
import { segmentRoutes } from "../../../offchain/node/segment-routes.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { expectCode } from "../pm/coded.ts";

const BYTES = randomBytes(10_000);
const ROOT = segmentRoot(BYTES);
const OTHER = segmentRoot(randomBytes(100));
/** More than the buffers between two sockets hold. */
const LARGE = Buffer.alloc(2 ** 24, 1);
const LARGE_ROOT = segmentRoot(LARGE);
/** {1} Answers that a server gives at the same time. */
const MOST_AT_ONCE = 4;
const isIt = (bytes: Uint8Array) => segmentRoot(bytes) === ROOT;

/** Bytes by their root; of a root that it has nothing for it says so as the store does. */
class SegmentStore__Fake {
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.#files = new Map(Object.entries(files));
  }

  async read(root: string): Promise<Uint8Array> {
    const bytes = this.#files.get(root);
    if (bytes === undefined) throw new StreamflowError("SegmentNotFound", `nothing is kept as ${root}`);
    return bytes;
  }
}

/** Asks, and takes nothing of the answer but its beginning. */
async function readBeginning({ hostname, port }: URL, root: string): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  socket.write(`GET /segments/${root} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
  await once(socket, "readable");
  return socket;
}

describe("segments by their root", () => {
  const servers: FastifyInstance[] = [];
  const client = new PeerClient();

  async function serve(
    files: Readonly<Record<string, Uint8Array>>,
    options: Parameters<typeof segmentRoutes>[2] = {},
  ): Promise<URL> {
    const server = createServer({ bodyLimit: 1_000, requestTimeoutMs: 1_000 }, pino({ level: "silent" }));
    segmentRoutes(server, new SegmentStore__Fake(files), options);
    servers.push(server);
    return new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  }
  const from = (...peers: URL[]) => new PeerSegments({ peers, timeoutMs: 60_000 }, { client });

  after(async () => {
    client.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  it("are served as they are, and their absence as a problem", async () => {
    const url = await serve({ [ROOT]: BYTES });
    const found = await fetch(new URL(`/segments/${ROOT}`, url));
    expect(found.headers.get("content-type")).to.equal("application/octet-stream");
    expect(Buffer.from(await found.arrayBuffer()).equals(BYTES)).to.equal(true);
    for (const [path, status, code] of [
      [OTHER, 404, "SegmentNotFound"],
      ["..%2Fnode.sqlite", 400, "RequestInvalid"],
    ] as const) {
      const refused = await fetch(new URL(`/segments/${path}`, url));
      expect(refused.status).to.equal(status);
      expect(refused.headers.get("content-type")).to.match(new RegExp(`^${PROBLEM_TYPE.replace("+", "\\+")}`));
      expect(((await refused.json()) as { code: string }).code).to.equal(code);
    }
  });

  it("N3: are not kept from others by who reads them slowly", async () => {
    const url = await serve({ [ROOT]: BYTES, [LARGE_ROOT]: LARGE }, { sendMs: 300 });
    const ends: Promise<unknown>[] = [];
    servers.at(-1)!.server.on("connection", (socket) => ends.push(once(socket, "close")));
    const slow = await Promise.all(Array.from({ length: MOST_AT_ONCE }, () => readBeginning(url, LARGE_ROOT)));
    expect(ends).to.have.length(MOST_AT_ONCE);
    await Promise.all(ends);
    for (const socket of slow) socket.destroy();
    const served = await fetch(new URL(`/segments/${ROOT}`, url));
    expect(Buffer.from(await served.arrayBuffer()).equals(BYTES)).to.equal(true);
  });

  it("come from the first peer that has the right ones", async () => {
    const [liar, empty, honest] = [
      await serve({ [ROOT]: randomBytes(10) }),
      await serve({}),
      await serve({ [ROOT]: BYTES }),
    ];
    const nobody = new URL("http://127.0.0.1:1");
    const bytes = await from(nobody, liar, empty, honest).fetch(ROOT, isIt);
    expect(Buffer.from(bytes).equals(BYTES)).to.equal(true);
    const error = await expectCode(from(nobody, liar, empty).fetch(ROOT, isIt), "SegmentNotFound");
    expect(error.message).to.match(/PeerFailed.*sent something else.*SegmentNotFound/);
    await expectCode(from().fetch(ROOT, isIt), "SegmentNotFound");
  });
});
