import { expect } from "chai";
import { pino } from "pino";
import type { Offer } from "../../../offchain/discovery/offer.ts";
import { Refresher } from "../../../offchain/discovery/refresher.ts";
import { seededRandom } from "../../../offchain/discovery/selection/random.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";

const QUOTES_MS = 10_000;
const PER_SECOND = 5;

describe("Refresher", () => {
  const clock = new Clock__Fake();
  let offers: Map<string, Offer>;
  let asked: { readonly orchestrator: string; readonly at: number }[];
  let reads: number[];
  let refresher: Refresher;

  /** Offers that were never asked; the `silent` one never answers. */
  function begin(count: number, silent?: string): void {
    const names = Array.from({ length: count }, (_, i) => `0x${i}`);
    const blank = { uri: "", stake: 0n, regions: [], quoted: null, askedAt: 0, refusal: null, refusals: 0 };
    offers = new Map(names.map((orchestrator) => [orchestrator, { ...blank, orchestrator }]));
    asked = [];
    reads = [];
    refresher = new Refresher(
      { registryMs: 30_000, quotesMs: QUOTES_MS, perSecond: PER_SECOND },
      {
        scout: {
          wanted: () => [...offers.values()],
          readRegistry: () => {
            reads.push(clock.now());
            return reads.length === 2 ? Promise.reject(new Error("away")) : Promise.resolve();
          },
          refresh: (orchestrator) => {
            asked.push({ orchestrator, at: clock.now() });
            const offer = offers.get(orchestrator)!;
            const refusals = orchestrator === silent ? offer.refusals + 1 : 0;
            offers.set(orchestrator, { ...offer, askedAt: clock.now(), refusals });
            return Promise.resolve();
          },
        },
        offers: { save: () => undefined },
        ...{ clock, random: seededRandom(1), onChange: () => undefined, log: pino({ level: "silent" }) },
      },
    );
  }

  const run = (ms: number) => clock.runUntil(clock.sleep(ms));
  afterEach(() => refresher.close());

  it("asks everybody in its time, and never more in a second than it may", async () => {
    begin(20);
    refresher.start(true);
    await run(60_000);
    for (const { at } of asked)
      expect(asked.filter((other) => other.at >= at && other.at < at + 900)).to.have.length.at.most(PER_SECOND);
    for (const name of offers.keys())
      expect(asked.filter(({ orchestrator }) => orchestrator === name).length, name).to.be.within(4, 7);
  });

  it("asks who does not answer more and more rarely", async () => {
    begin(2, "0x1");
    refresher.start(true);
    await run(16 * QUOTES_MS);
    const times = asked.filter(({ orchestrator }) => orchestrator === "0x1").map(({ at }) => at);
    const pauses = times.slice(1).map((at, i) => at - times[i]!);
    expect(pauses).to.have.length.within(3, 5);
    pauses.slice(1).forEach((pause, i) => expect(pause / pauses[i]!).to.be.within(1.4, 2.6));
    expect(asked.length - times.length).to.be.at.least(12);
  });

  it("reads the registry again and again, also after it could not", async () => {
    begin(1);
    refresher.start(false);
    await run(100_000);
    expect(reads.length).to.be.within(4, 5);
  });

  it("N3: ends when it is closed, whatever it waits for", async () => {
    begin(1);
    refresher.start(true);
    await refresher.close();
    await run(100_000);
    expect(asked).to.deep.equal([]);
  });
});
