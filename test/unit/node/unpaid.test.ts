import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { pino } from "pino";
import { allowHalfOpen } from "../../../offchain/live/half-open.ts";
import { severityOf } from "../../../offchain/discovery/history/severity.ts";
import { type ErrorCode, StreamflowError } from "../../../offchain/errors.ts";
import { REMAINING_HEADER } from "../../../offchain/net/deadline.ts";
import { createServer } from "../../../offchain/net/server.ts";
import { orchestratorRoutes } from "../../../offchain/node/orchestrator-routes.ts";
import { sellerScene } from "../../fixtures/fuzz-servers.ts";
import { encodeRequest, exchange, type RawRequest } from "../../fixtures/raw-http.ts";
import { SENDER } from "../pm/world.ts";

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
    const { body } = await exchange(url, encodeRequest(request), 60_000);
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

  it("N3: is never answered, once it is paid, as if it had been refused unpaid", async () => {
    const { segmentRequest, seller } = scene;
    const answers: Partial<Record<ErrorCode, ErrorCode>> = {};
    const said: ErrorCode[] = ["CapacityExceeded", "Overloaded", "BuyerGone", "TranscoderLost", "TranscodeFailed"];
    for (const [sequence, code] of said.entries()) {
      scene.does(() => Promise.reject(new StreamflowError(code, "said by a transcoder")));
      answers[code] = (await codeOf(await segmentRequest(sequence))) as ErrorCode;
    }
    expect(seller.status().tickets.received).to.equal(said.length);
    expect(answers).to.deep.equal({
      ...{ CapacityExceeded: "TranscodeFailed", Overloaded: "TranscodeFailed", BuyerGone: "TranscodeFailed" },
      ...{ TranscoderLost: "TranscoderLost", TranscodeFailed: "TranscodeFailed" },
    });
    for (const code of Object.values(answers)) expect(severityOf(code).weight, code).to.be.above(0);
  });

  it("is refused before it is paid when nobody is there any more who could do it", async () => {
    const { segmentRequest, transcoded, seller, expect: expectMs } = scene;
    expectMs(Infinity);
    expect(await codeOf(await segmentRequest(0))).to.equal("Overloaded");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([0, 0]);
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

  /** Work that ends when it is told to, or when its signal says so; resolves when it is begun, with its signal. */
  function begun(told?: Promise<void>): Promise<AbortSignal> {
    return new Promise((resolve) => {
      scene.does((signal) => {
        resolve(signal);
        return new Promise((_, reject) => {
          const end = () => reject(new StreamflowError("TranscodeFailed", "ended"));
          signal.addEventListener("abort", end);
          void told?.then(end);
        });
      });
    });
  }
  const withHeader = (request: RawRequest, remaining: string): RawRequest => ({
    ...request,
    headers: { ...request.headers, [REMAINING_HEADER]: remaining },
  });

  it("is refused before it is paid when it cannot be done in the time that its buyer has; the same payment is good afterwards", async () => {
    const { segmentRequest, transcoded, seller, expect: expectMs } = scene;
    const told = Promise.withResolvers<void>();
    const first = begun(told.promise);
    const working = codeOf(withHeader(await segmentRequest(0), "60000"));
    await first;
    expectMs(20_100);
    // More time than a busy machine takes to get to the work.
    const request = withHeader(await segmentRequest(1), "20000");
    const { path, ...of } = request;
    const refusal = await fetch(new URL(path, url), { ...of, body: Buffer.from(of.body!) });
    expect([refusal.status, refusal.headers.get("retry-after")]).to.deep.equal([503, "1"]);
    expect(await refusal.json()).to.include({ code: "Overloaded" });
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([1, 1]);
    expectMs(1);
    told.resolve();
    expect(await codeOf(request)).to.equal("TranscodeFailed");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([2, 2]);
    expect(await working).to.equal("TranscodeFailed");
  });

  it("N3: is not paid for when its time ran out while the chain was asked; the same payment is good afterwards", async () => {
    const { segmentRequest, transcoded, seller, world } = scene;
    const { broker } = world;
    const request = await segmentRequest(0);
    const sender = broker.sender.bind(broker);
    broker.sender = async (...of) => {
      await delay(300);
      return sender(...of);
    };
    expect(await codeOf(withHeader(request, "200"))).to.equal("Overloaded");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([0, 0]);
    expect(world.recipient.balance(SENDER)).to.equal(0n);
    broker.sender = sender;
    expect(await codeOf(request)).to.equal("TranscodeFailed");
    expect([seller.status().tickets.received, transcoded()]).to.deep.equal([1, 1]);
  });

  it("N3: is worked on as long as its buyer waits, and not charged when the time is up", async () => {
    const { world, segmentRequest } = scene;
    const working = begun();
    const answer = codeOf(withHeader(await segmentRequest(0), "3000"));
    const signal = await working;
    expect(await answer).to.equal("DeadlineExceeded");
    expect(signal.aborted).to.equal(true);
    expect(world.recipient.balance(SENDER) > 0n, "the credit is the sender's still").to.equal(true);
  });

  it("N3: is ended when its buyer closes the connection, and charged all the same", async () => {
    const { world, segmentRequest } = scene;
    // A connection whose other half is closed is one whose other end has gone, but where a test's own clients close theirs to be quick.
    Object.assign(server.server, { httpAllowHalfOpen: false });
    const working = begun();
    const socket = connect(Number(url.port), url.hostname);
    socket.write(encodeRequest(await segmentRequest(0)));
    const signal = await working;
    const paid = world.recipient.balance(SENDER);
    const ended = once(signal, "abort");
    socket.destroy();
    await ended;
    expect((signal.reason as StreamflowError).code).to.equal("BuyerGone");
    while (world.recipient.balance(SENDER) === paid) await delay(10);
    expect(world.recipient.balance(SENDER) < paid).to.equal(true);
  });

  it("N2: is refused when its remaining time is no number of milliseconds", async () => {
    for (const remaining of ["0", "-1", "1.5", "1e3", "soon", "600001", "9999999"])
      expect(await codeOf(withHeader(await scene.segmentRequest(0), remaining)), remaining).to.equal("RequestInvalid");
    expect(scene.transcoded()).to.equal(0);
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
