import { expect } from "chai";
import { pino } from "pino";
import { allowHalfOpen } from "../../../offchain/live/half-open.ts";
import { createServer } from "../../../offchain/net/server.ts";
import { orchestratorRoutes } from "../../../offchain/node/orchestrator-routes.ts";
import { sellerScene } from "../../fixtures/fuzz-servers.ts";
import { encodeRequest, exchange, type RawRequest } from "../../fixtures/raw-http.ts";

describe("a segment", () => {
  let scene: Awaited<ReturnType<typeof sellerScene>>;
  let server: ReturnType<typeof createServer>;
  let url: URL;

  beforeEach(async () => {
    scene = await sellerScene();
    server = createServer({ bodyLimit: 200_000, requestTimeoutMs: 5_000 }, pino({ level: "silent" }));
    allowHalfOpen(server.server);
    orchestratorRoutes(server, scene.seller, { quotesPerMinute: 2 });
    url = new URL(await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterEach(async () => {
    await server.close();
    scene.world.close();
  });

  async function codeOf(request: RawRequest): Promise<string> {
    const { body } = await exchange(url, encodeRequest(request), 5_000);
    return (JSON.parse(body) as { code: string }).code;
  }

  it("N3: is worked on for nobody without a valid payment, and once for each", async () => {
    const { segmentRequest, transcoded } = scene;
    const honest = await segmentRequest(0);
    for (const payment of [null, {}, "a promise", { ticket: {}, signature: "0x", terms: {} }])
      expect(await codeOf(await segmentRequest(1, payment))).to.equal("TicketInvalid");
    expect(transcoded()).to.equal(0);
    expect(await codeOf(honest)).to.equal("TranscodeFailed");
    expect(transcoded()).to.equal(1);
    expect(await codeOf(honest)).to.equal("TicketReplayed");
    expect(transcoded()).to.equal(1);
  });

  it("is paid for only while there is room on the disk for what has to be kept of it", async () => {
    const { segmentRequest, transcoded, leave, seller } = scene;
    const request = await segmentRequest(0);
    leave(4_000_000);
    expect(await codeOf(request)).to.equal("SegmentStoreFull");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([0, 0]);
    // The same payment is good afterwards.
    leave(5_000_000);
    expect(await codeOf(request)).to.equal("TranscodeFailed");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([1, 1]);
  });

  it("is asked about so often for one sender from one address, and not for all", async () => {
    const ask = (sender: string) =>
      codeOf({
        method: "POST",
        path: "/v1/quote",
        headers: { "content-type": "application/json" },
        body: Buffer.from(JSON.stringify({ sender, service: "0x", nonce: "0x" })),
      });
    const [one, other] = [`0x${"aa".repeat(20)}`, `0x${"bb".repeat(20)}`];
    expect([await ask(one), await ask(one), await ask(one), await ask(other)]).to.deep.equal([
      ...["RequestInvalid", "RequestInvalid", "TooManyRequests", "RequestInvalid"],
    ]);
  });
});
