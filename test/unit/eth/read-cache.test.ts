import { expect } from "chai";
import { ReadCache } from "../../../offchain/eth/read-cache.ts";
import type { ReadOptions } from "../../../offchain/pm/interface.ts";

describe("ReadCache", () => {
  let now: number;
  let reads: string[];
  let cache: ReadCache<string>;
  beforeEach(() => {
    now = 0;
    reads = [];
    cache = new ReadCache({ lifetimeMs: 1_000 }, () => now);
  });

  const get = (key: string, options?: ReadOptions): Promise<string> =>
    cache.get(
      key,
      () => {
        reads.push(key);
        return Promise.resolve(`${key}${reads.length}`);
      },
      options,
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

  it("reads again what is older than is asked for", async () => {
    await get("a");
    now = 500;
    expect(await get("a", { maxAgeMs: 501 })).to.equal("a1");
    expect(await get("a", { maxAgeMs: 500 })).to.equal("a2");
    expect(await get("a")).to.equal("a2");
  });

  it("reads again when asked for a fresh answer, which the next ones get too", async () => {
    await get("a");
    expect(await get("a", { fresh: true })).to.equal("a2");
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
    await get("a", { fresh: true });
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
    await get("0", { fresh: true });
    now = 1_200;
    await get("new");
    expect(cache.size).to.equal(2);
    expect(await get("0")).to.equal("0101");
  });

  describe("with a grace", () => {
    const away = () => Promise.reject(new Error("away"));
    const silent = () => new Promise<string>(() => undefined);
    beforeEach(async () => {
      cache = new ReadCache({ lifetimeMs: 1_000, graceMs: 10_000 }, () => now);
      await get("a");
      now = 1_000;
    });

    it("gives the last answer while reading fails, until its grace is over", async () => {
      expect(await cache.get("a", away)).to.equal("a1");
      now = 9_999;
      expect(await cache.get("a", away)).to.equal("a1");
      now = 10_000;
      expect(await cache.get("a", away).catch((error: Error) => error.message)).to.equal("away");
    });

    it("N3: waits for a silent chain once, and not again for each who asks", async () => {
      const begun = performance.now();
      expect(await cache.get("a", silent)).to.equal("a1");
      const first = performance.now() - begun;
      expect(first).to.be.at.least(400);
      for (now = 2_000; now < 9_000; now += 500) expect(await cache.get("a", silent)).to.equal("a1");
      // Fourteen times as long if each waited.
      expect(performance.now() - begun - first, "fourteen more").to.be.below(7 * 400);
    });

    it("takes a newer answer as soon as there is one", async () => {
      await cache.get("a", away);
      expect(await get("a")).to.equal("a2");
      now = 5_000;
      expect(await cache.get("a", away)).to.equal("a2");
    });

    it("gives no older answer to who asks for a fresh one", async () => {
      expect(await cache.get("a", away, { fresh: true }).catch((error: Error) => error.message)).to.equal("away");
      expect(await cache.get("a", away)).to.equal("a1");
    });

    it("has an answer after it was cleared, if there is no other", async () => {
      now = 0;
      cache.clear();
      expect(await cache.get("a", away)).to.equal("a1");
      expect(await get("a")).to.equal("a2");
    });

    it("N3: keeps no more entries than some, the latest", async () => {
      for (let i = 0; i < 10_500; i++) await get(`${i}`);
      expect(cache.size).to.equal(10_000);
      expect(await cache.get("10499", away)).to.equal("1049910501");
    });
  });
});
