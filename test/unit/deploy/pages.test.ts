import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import type { Provider } from "ethers";
import { network } from "hardhat";
import { pages } from "../../../deploy/pages.ts";
import { sayPages } from "../../../tasks/common/progress.ts";

const ADDRESS = "0x00000000000000000000000000000000000000aa";
const HEAD = 30_000;

interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** How end points say that a question is too large; the numbers are theirs. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  Alchemy: {
    code: -32602,
    message: "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit",
  },
  "Alchemy's free tier": {
    code: -32600,
    message: "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
  },
  "Infura, by results": { code: -32005, message: "query returned more than 10000 results" },
  "Infura, by time": { code: -32005, message: "query timeout exceeded" },
  "Infura, by blocks": { code: -32602, message: "range 1000000 exceeds limit of 10000" },
  QuickNode: { code: -32614, message: "eth_getLogs is limited to a 10,000 range" },
  Ankr: { code: -32062, message: "Block range is too large" },
  Cloudflare: {
    code: -32047,
    message: "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
  },
  publicnode: { code: -32701, message: "exceed maximum block range: 50000" },
  dRPC: { code: 35, message: "ranges over 10000 blocks are not supported on freetier" },
  Tenderly: {
    code: -32602,
    message: "invalid params",
    data: { error_id: "4ed94073", payload: "range 9009594 is bigger than range limit 2000" },
  },
  Blast: { code: -32600, message: "please limit the query to at most 500 blocks" },
  "reth, by results": { code: -32602, message: "query exceeds max results 20000, retry with the range 1-2" },
  erigon: { code: -32000, message: "query returns too many logs, narrow your filter: 20000" },
  "OP's proxy": { code: -32020, message: "backend response too large" },
  geth: { code: -32002, message: "request timed out" },
};

describe("The logs of many blocks", function () {
  this.timeout(60_000);
  let server: Server;
  let url: string;
  /** {1} Blocks of each question. */
  let asked: number[];
  /** What the end point answers to a question instead of its logs. */
  let refuse: (blocks: number, from: number) => Refusal | number | null;
  const opened: JsonRpcProvider[] = [];

  /** One log in each block that 1,000 divides. */
  const logsOf = (from: number, to: number): object[] => {
    const logs: object[] = [];
    for (let block = Math.ceil(from / 1_000) * 1_000; block <= to; block += 1_000)
      logs.push({
        ...{ address: ADDRESS, topics: [], data: "0x", logIndex: "0x0", transactionIndex: "0x0", removed: false },
        ...{ blockNumber: `0x${block.toString(16)}`, blockHash: `0x${"11".repeat(32)}` },
        transactionHash: `0x${"22".repeat(32)}`,
      });
    return logs;
  };

  before((done) => {
    server = createServer((request, response) => {
      void (async () => {
        let text = "";
        for await (const piece of request) text += String(piece);
        const { id, method, params } = JSON.parse(text) as {
          id: number;
          method: string;
          params: { fromBlock: string; toBlock: string }[];
        };
        const reply = (of: object): void => void response.end(JSON.stringify({ jsonrpc: "2.0", id, ...of }));
        if (method !== "eth_getLogs") return reply({ result: method === "eth_chainId" ? "0x7a69" : "0x7530" });
        const [from, to] = [Number(params[0]!.fromBlock), Number(params[0]!.toBlock)];
        asked.push(to - from + 1);
        const refusal = refuse(to - from + 1, from);
        if (typeof refusal === "number") return void response.writeHead(refusal).end("too large");
        reply(refusal === null ? { result: logsOf(from, to) } : { error: refusal });
      })();
    });
    server.listen(0, "127.0.0.1", () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done();
    });
  });
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  beforeEach(() => {
    [asked, refuse] = [[], () => null];
  });
  afterEach(() => opened.splice(0).forEach((provider) => provider.destroy()));

  const byEthers = (): Provider => {
    const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
    opened.push(provider);
    return provider;
  };
  const byHardhat = async (): Promise<Provider> => {
    const { ethers } = await network.create({ network: "localhost", override: { url } });
    return ethers.provider;
  };
  const read = (provider: Provider, from = 1): Promise<number[]> =>
    pages(provider, { from }, async (fromBlock, toBlock) =>
      (await provider.getLogs({ address: ADDRESS, fromBlock, toBlock })).map(({ blockNumber }) => blockNumber),
    );
  const ALL = Array.from({ length: HEAD / 1_000 }, (_, n) => (n + 1) * 1_000);

  it("are asked for ten thousand blocks at a time, each block once", async () => {
    expect(await read(byEthers())).to.deep.equal(ALL);
    expect(asked).to.deep.equal([10_000, 10_000, 10_000]);
    expect(await read(byEthers(), HEAD + 1)).to.deep.equal([]);
  });

  for (const [who, refusal] of Object.entries(REFUSALS)) {
    it(`are asked for fewer blocks when the end point refuses: ${who}`, async () => {
      refuse = (blocks) => (blocks > 1_500 ? refusal : null);
      for (const provider of [byEthers(), await byHardhat()]) {
        asked = [];
        expect(await read(provider)).to.deep.equal(ALL);
        expect(asked.slice(0, 4)).to.deep.equal([10_000, 5_000, 2_500, 1_250]);
      }
    });
  }

  it("are asked for fewer blocks when HTTP says that the answer is too large", async () => {
    refuse = (blocks) => (blocks > 5_000 ? 413 : null);
    for (const provider of [byEthers(), await byHardhat()]) expect(await read(provider)).to.deep.equal(ALL);
  });

  it("are asked for in large pages again, once few blocks were too many", async () => {
    // A million logs in a hundred blocks, and few elsewhere.
    refuse = (blocks, from) => (from <= 100 && blocks > 10 ? REFUSALS["Infura, by results"]! : null);
    expect(await read(byEthers())).to.deep.equal(ALL);
    expect(asked.length).to.be.lessThan(200);
    expect(Math.max(...asked.slice(-2))).to.be.greaterThan(2_000);
  });

  it("fail as the end point says, when one block is too much or there is another reason", async () => {
    refuse = () => REFUSALS["Infura, by results"]!;
    const [tooMuch, limited] = [read(byEthers()), () => read(byEthers())];
    expect(JSON.stringify(await tooMuch.catch((error: unknown) => error))).to.include("more than 10000 results");
    expect(asked.at(-1)).to.equal(1);
    expect(asked).to.have.length(15);
    // The same code as above, and no fewer blocks would help.
    for (const message of ["daily request count exceeded, request rate limited", "invalid api key"]) {
      [asked, refuse] = [[], () => ({ code: -32005, message })];
      expect(JSON.stringify(await limited().catch((error: unknown) => error))).to.include(message);
      expect(asked).to.deep.equal([10_000]);
    }
  });

  it("are told of while they are read, but not of those that are there at once", async () => {
    const lines: string[] = [];
    let now = 0;
    const onPage = sayPages(
      (line) => lines.push(line),
      () => (now += 700),
    );
    const provider = byEthers();
    await pages(provider, { from: 1, onPage }, () => Promise.resolve([]));
    expect(lines).to.deep.equal(["30,000 of 30,000 blocks are read\n"]);
    await pages(provider, { from: 1, onPage: sayPages((line) => lines.push(line)) }, () => Promise.resolve([]));
    expect(lines).to.have.length(1);
  });
});
