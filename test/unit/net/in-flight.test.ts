import { get } from "node:http";
import { expect } from "chai";
import { fastify, type FastifyInstance } from "fastify";
import { InFlight } from "../../../offchain/net/in-flight.ts";

describe("requests in flight", () => {
  let server: FastifyInstance;
  let inFlight: InFlight;
  let begun: PromiseWithResolvers<void>;
  let answer: PromiseWithResolvers<string>;
  let url: string;
  beforeEach(async () => {
    server = fastify({ forceCloseConnections: true });
    inFlight = new InFlight(server);
    [begun, answer] = [Promise.withResolvers(), Promise.withResolvers()];
    server.get("/", () => {
      begun.resolve();
      return answer.promise;
    });
    url = await server.listen({ host: "127.0.0.1", port: 0 });
  });
  afterEach(() => server.close());

  it("have ended when the answer is sent to the last byte", async () => {
    const never = new AbortController().signal;
    await inFlight.ended(never);
    const response = fetch(url);
    await begun.promise;
    // Which cuts what is not sent.
    const closed = inFlight.ended(never).then(() => server.close());
    answer.resolve("x".repeat(5_000_000));
    expect((await (await response).text()).length).to.equal(5_000_000);
    await closed;
  });

  it("have ended when who asked has gone", async () => {
    const request = get(url).on("error", () => undefined);
    await begun.promise;
    const ended = inFlight.ended(new AbortController().signal);
    request.destroy();
    await ended;
    answer.resolve("late");
  });

  it("N3: are waited for no longer than allowed", async () => {
    const response = fetch(url);
    response.catch(() => undefined);
    await begun.promise;
    const limit = new AbortController();
    const ended = inFlight.ended(limit.signal);
    limit.abort();
    await ended;
    answer.resolve("");
  });
});
