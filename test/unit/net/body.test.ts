import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { readBody } from "../../../offchain/net/body.ts";
import { expectCode } from "../pm/coded.ts";

const LIMIT = 5_000_000;

/** What the server makes of one request, and the pieces in which it came. */
async function received(
  send: (request: http.ClientRequest) => void,
  headers: http.OutgoingHttpHeaders = {},
): Promise<{ readonly body: Promise<Buffer>; readonly pieces: readonly Buffer[] }> {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const request = http.request({ port: (server.address() as AddressInfo).port, method: "POST", headers });
  request.on("error", () => undefined);
  try {
    const come = once(server, "request") as Promise<[http.IncomingMessage, http.ServerResponse]>;
    send(request);
    const [message] = await come;
    const pieces: Buffer[] = [];
    message.on("data", (piece: Buffer) => pieces.push(piece));
    const body = readBody(message, LIMIT);
    await body.catch(() => undefined);
    return { body, pieces };
  } finally {
    request.destroy();
    server.close();
    server.closeAllConnections();
  }
}

describe("a body", () => {
  for (const size of [0, 1, 70_000, LIMIT]) {
    const sent = randomBytes(size);

    it(`of ${size} bytes is read as it was sent, with its length said or not`, async () => {
      const said = await received((request) => request.end(sent), { "content-length": size });
      expect(sent.equals(await said.body)).to.equal(true);
      const unsaid = await received((request) => {
        request.write(sent.subarray(0, size / 2));
        request.end(sent.subarray(size / 2));
      });
      expect(sent.equals(await unsaid.body)).to.equal(true);
    });
  }

  it("N3: leaves no piece to the garbage collector", async () => {
    const { body, pieces } = await received((request) => request.end(randomBytes(500_000)), {
      "content-length": 500_000,
    });
    expect((await body).length).to.equal(500_000);
    expect(pieces.length).to.be.above(1);
    expect(pieces.every(({ buffer }) => (buffer as ArrayBuffer).detached)).to.equal(true);
  });

  it("N3: is refused when it is larger than the limit, by what it says or by what comes", async () => {
    const said = await received((request) => request.flushHeaders(), { "content-length": LIMIT + 1 });
    await expectCode(said.body, "BodyTooLarge");
    const unsaid = await received((request) => {
      request.write(randomBytes(LIMIT));
      request.end(randomBytes(1));
    });
    await expectCode(unsaid.body, "BodyTooLarge");
  });

  it("ends with its connection", async () => {
    const { body } = await received(
      (request) => {
        request.write(randomBytes(1_000), () => request.destroy());
      },
      { "content-length": 2_000 },
    );
    expect(await body.catch((error: unknown) => error)).to.be.instanceOf(Error);
  });
});
