import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect } from "chai";
import { ChainProvider } from "../../../offchain/eth/json-rpc.ts";
import { isStreamflowError } from "../../../offchain/errors.ts";

const SECRET = "key-of-the-operator";

interface Question {
  readonly id: number;
  readonly method: string;
}
type Answer = (request: Question, response: ServerResponse) => void;

const json =
  (of: (id: number) => object): Answer =>
  ({ id }, response) =>
    void response.end(JSON.stringify({ jsonrpc: "2.0", id, ...of(id) }));
const status =
  (code: number): Answer =>
  (_request, response) =>
    void response.writeHead(code).end("no");

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${SECRET}`;

describe("ChainProvider", () => {
  const sockets = new Set<Socket>();
  let asked = 0;
  /** In turn; the last one stays. */
  let answers: Answer[];
  let provider: ChainProvider;
  let server: Server;

  async function bodyOf(request: IncomingMessage): Promise<string> {
    let text = "";
    for await (const piece of request) text += String(piece);
    return text;
  }

  before((done) => {
    server = createServer((request, response) => {
      void bodyOf(request).then((text) => {
        asked++;
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        answer(JSON.parse(text) as Parameters<Answer>[0], response);
      });
    });
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    server.listen(0, "127.0.0.1", done);
  });
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });

  beforeEach(() => {
    asked = 0;
    provider = new ChainProvider({ rpcUrl: urlOf(server), timeoutMs: 2_000 }, 31_337n);
  });
  afterEach(() => provider.destroy());

  async function unreachable(asking: Promise<unknown>): Promise<string> {
    const error: unknown = await asking.then(
      () => expect.fail("it was answered"),
      (thrown: unknown) => thrown,
    );
    if (!isStreamflowError(error, "ChainUnreachable")) throw error;
    expect(error.message).not.to.contain(SECRET);
    return error.message;
  }

  it("asks the chain", async () => {
    answers = [json(() => ({ result: "0x2a" }))];
    expect(await provider.getBlockNumber()).to.equal(42);
  });

  it("sends questions together that are asked together, three at most, and gives each its own answer", async () => {
    const sizes: number[] = [];
    answers = [
      (request, response) => {
        const questions = [request].flat();
        sizes.push(questions.length);
        const all = questions.map(({ id, method }) =>
          method === "eth_bad" ? { id, error: { code: -32000, message: "no" } } : { id, result: method },
        );
        // In any order.
        response.end(JSON.stringify(Array.isArray(request) ? all.reverse() : all[0]));
      },
    ];
    const ask = (method: string) => provider.send(method, []).catch(({ code }: { code: string }) => code);
    const methods = ["eth_a", "eth_bad", "eth_b", "eth_c"];
    expect(await Promise.all(methods.map(ask))).to.deep.equal(["eth_a", "UNKNOWN_ERROR", "eth_b", "eth_c"]);
    expect(sizes).to.have.members([3, 1]);
    await ask("eth_d");
    expect(sizes).to.have.members([3, 1, 1]);
  });

  it("asks one by one where an end point takes no batches, and tries none again", async () => {
    const refusals: readonly Answer[] = [
      status(400),
      status(405),
      (_request, response) => void response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}'),
      (_request, response) => void response.end('{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}'),
    ];
    for (const refuse of refusals) {
      const one = new ChainProvider({ rpcUrl: urlOf(server), timeoutMs: 2_000 }, 31_337n);
      const sizes: number[] = [];
      answers = [
        (request, response) => {
          sizes.push([request].flat().length);
          if (Array.isArray(request)) refuse(request, response);
          else json(() => ({ result: request.method }))(request, response);
        },
      ];
      for (let round = 0; round < 2; round++)
        expect(await Promise.all(["eth_a", "eth_b"].map((method) => one.send(method, [])))).to.eql(["eth_a", "eth_b"]);
      expect(sizes).to.deep.equal([2, 1, 1, 1, 1]);
      one.destroy();
    }
  });

  it("asks nothing twice of an end point that breaks off within a batch: it may have done it", async () => {
    for (const answer of [status(503), (_request, response) => void response.destroy()] satisfies Answer[]) {
      asked = 0;
      answers = [answer];
      await Promise.all(["eth_a", "eth_b"].map((method) => unreachable(provider.send(method, []))));
      expect(asked).to.equal(1);
    }
  });

  it("leaves the chain's own errors as ethers tells them", async () => {
    answers = [json(() => ({ error: { code: -32000, message: "nonce too low" } }))];
    const error: unknown = await provider.send("eth_sendRawTransaction", ["0x00"]).catch((thrown: unknown) => thrown);
    expect(error).to.have.property("code", "NONCE_EXPIRED");
  });

  it("says ChainUnreachable of one that never answers, after the time limit, and keeps no socket of it", async () => {
    const silent = new ChainProvider({ rpcUrl: urlOf(server), timeoutMs: 50 }, 31_337n);
    answers = [() => undefined];
    const before = sockets.size;
    const details = await Promise.all([1, 2, 3].map(() => unreachable(silent.getBlockNumber())));
    for (const detail of details) expect(detail).to.equal("eth_blockNumber was not answered within 50 ms");
    const gone = () => sockets.size <= before;
    while (!gone()) await new Promise((resolve) => setImmediate(resolve));
    silent.destroy();
  });

  it("says ChainUnreachable of one that breaks off, refuses, or answers with something else", async () => {
    const strange: Answer[] = [
      (_request, response) => void response.destroy(),
      status(401),
      status(503),
      (_request, response) => void response.end("<html>"),
      (_request, response) => void response.end("{}"),
    ];
    for (const answer of strange) {
      answers = [answer];
      expect(await unreachable(provider.getBlockNumber())).to.equal("eth_blockNumber was not answered as a chain does");
    }
  });

  it("asks again, twice at most, when the end point has no time", async () => {
    answers = [status(429), status(429), json(() => ({ result: "0x2a" }))];
    expect(await provider.getBlockNumber()).to.equal(42);
    expect(asked).to.equal(3);
    answers = [status(429)];
    await unreachable(provider.getBlockNumber());
    expect(asked).to.equal(6);
  });
});
