import { randomBytes } from "node:crypto";
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

describe("segments by their root", () => {
  const servers: FastifyInstance[] = [];
  const client = new PeerClient();

  async function serve(files: Readonly<Record<string, Uint8Array>>): Promise<URL> {
    const server = createServer({ bodyLimit: 1_000, requestTimeoutMs: 1_000 }, pino({ level: "silent" }));
    segmentRoutes(server, new SegmentStore__Fake(files));
    servers.push(server);
    return new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  }
  const from = (...peers: URL[]) => new PeerSegments({ peers, timeoutMs: 2_000 }, { client });

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
