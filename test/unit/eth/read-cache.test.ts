import { expect } from "chai";
import { ReadCache } from "../../../offchain/eth/read-cache.ts";

describe("ReadCache", () => {
  let now: number;
  let reads: string[];
  let cache: ReadCache<string>;
  beforeEach(() => {
    now = 0;
    reads = [];
    cache = new ReadCache(1_000, () => now);
  });

  const get = (key: string, fresh?: boolean): Promise<string> =>
    cache.get(
      key,
      () => {
        reads.push(key);
        return Promise.resolve(`${key}${reads.length}`);
      },
      fresh,
    );

  it("answers from one read for its lifetime, each key by itself", async () => {
    expect(await get("a")).to.equal("a1");
    now = 999;
    expect(await get("a")).to.equal("a1");
    expect(await get("b")).to.equal("b2");
    now = 1_000;
    expect(await get("a")).to.equal("a3");
    expect(await get("b")).to.equal("b2");
  });

  it("reads again when asked for a fresh answer, which the next ones get too", async () => {
    await get("a");
    expect(await get("a", true)).to.equal("a2");
    now = 999;
    expect(await get("a")).to.equal("a2");
  });

  it("gives the answer under way to all who ask", async () => {
    expect(await Promise.all([get("a"), get("a")])).to.deep.equal(["a1", "a1"]);
  });

  it("keeps no failure", async () => {
    const failure = cache.get("a", () => Promise.reject(new Error("away")));
    expect(await failure.catch((error: Error) => error.message)).to.equal("away");
    expect(await get("a")).to.equal("a1");
  });

  it("keeps a later answer when an earlier read fails", async () => {
    const { promise, reject } = Promise.withResolvers<string>();
    const failing = cache.get("a", () => promise);
    await get("a", true);
    reject(new Error("away"));
    await failing.catch(() => undefined);
    expect(await get("a")).to.equal("a1");
  });

  it("forgets all when cleared", async () => {
    await get("a");
    cache.clear();
    expect(await get("a")).to.equal("a2");
  });

  it("drops what is older than its lifetime at the next read, and nothing else", async () => {
    for (let i = 0; i < 100; i += 1) await get(`${i}`);
    now = 500;
    await get("0", true);
    now = 1_200;
    await get("new");
    expect(cache.size).to.equal(2);
    expect(await get("0")).to.equal("0101");
  });
});
