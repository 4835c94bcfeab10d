import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { expect } from "chai";
import { allowHalfOpen } from "../../../offchain/live/half-open.ts";

const BODY = Buffer.alloc(40_000, 7);
/** Of the event loop, in which a server that closes a connection has done so. */
const TURNS = 50;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a sender that closes its side when it has sent everything", () => {
  /** How much of the body can be read after the sender has gone; null when it is thrown away. */
  async function readLate(prepare: (server: Server) => void): Promise<number | null> {
    const gone = Promise.withResolvers<void>();
    const read = Promise.withResolvers<number | null>();
    const server = createServer((request: IncomingMessage) => {
      request.socket.once("end", () => void turns(TURNS).then(gone.resolve));
      void gone.promise.then(async () => {
        let size = 0;
        try {
          for await (const chunk of request as AsyncIterable<Buffer>) size += chunk.length;
          read.resolve(size);
        } catch {
          read.resolve(null);
        }
      });
    });
    prepare(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.end(
      Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${BODY.length}\r\n\r\n`), BODY]),
    );
    try {
      return await read.promise;
    } finally {
      socket.destroy();
      server.close();
    }
  }

  it("N1: loses nothing", async () => {
    expect(await readLate(allowHalfOpen)).to.equal(BODY.length);
    expect(await readLate(() => undefined), "by Node's default").to.equal(null);
  });
});
