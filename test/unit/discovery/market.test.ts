import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { pino } from "pino";
import { Standings } from "../../../offchain/discovery/history/standings.ts";
import { PROBATION, type Standing } from "../../../offchain/discovery/history/standing.ts";
import type { Quote } from "../../../offchain/discovery/interface.ts";
import type { Turn } from "../../../offchain/discovery/line.ts";
import { Market, type MarketModules, type MarketOptions, type Want } from "../../../offchain/discovery/market.ts";
import { parseServiceUri } from "../../../offchain/discovery/registry.ts";
import type { Candidate } from "../../../offchain/discovery/selection/interface.ts";
import { cheapest } from "../../../offchain/discovery/selection/policies.ts";
import type { SignedQuote } from "../../../offchain/discovery/signed-quote.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import { systemClock } from "../../../offchain/node/clock.ts";
import { expectCode } from "../pm/coded.ts";
import { candidate } from "./selection/candidates.ts";

const NOBODY: ReadonlySet<string> = new Set();
const LIVE = new AbortController().signal;
const WANT: Want = {
  turn: { rank: 0, sequence: 0, isExtra: false, isLive: true },
  until: Infinity,
  patientUntil: Infinity,
};

/** A scout that knows what the test says, and gives sessions that are only names. */
class Scout__FakeForMarket implements MarketScout {
  readonly known = new Map<string, Candidate & { readonly capacity: number }>();
  readonly opened: string[] = [];
  readonly asked: string[] = [];
  /** Of the next requests for a session. */
  readonly failures: Error[] = [];
  readonly standings: Standings;

  constructor(standings: Standings) {
    this.standings = standings;
  }

  offer(name: string, capacity = 1, changes: Partial<Candidate> = {}): this {
    this.known.set(name, { ...candidate(name, changes), capacity });
    return this;
  }

  candidates(): Candidate[] {
    return [...this.known.keys()].flatMap((name) => this.candidate(name) ?? []);
  }

  candidate(name: string): Candidate | null {
    if (this.standings.get(name).suspendedUntil > systemClock.now()) return null;
    return this.known.get(name) ?? null;
  }

  async open(name: string): Promise<Quote> {
    this.opened.push(name);
    return this.#session(name);
  }

  async ask(name: string): Promise<Quote> {
    this.asked.push(name);
    return this.#session(name);
  }

  async #session(name: string): Promise<Quote> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const signed = renewal(name, this.known.get(name)?.capacity);
    return {
      listing: { orchestrator: name, url: new URL("http://127.0.0.1/"), stake: 1n, regions: [] },
      signed,
    } as unknown as Quote;
  }

  keep(): void {
    // Nothing is kept.
  }

  isListed(name: string): boolean {
    return this.known.has(name);
  }

  newer(): unknown {
    return null;
  }

  msUntilAny(): number {
    return Math.min(
      ...[...this.known.keys()].map((name) => this.standings.get(name).suspendedUntil - systemClock.now()),
    );
  }
}
type MarketScout = MarketModules["scout"];

function renewal(orchestrator: string, capacity = 1): SignedQuote {
  return { quote: { orchestrator, capacity }, signature: "" } as SignedQuote;
}

const nameOf = (slot: { quote: Quote } | null) => slot?.quote.listing.orchestrator;

describe("Market", () => {
  let scout: Scout__FakeForMarket;
  let standings: Standings;
  let market: Market;
  /** {ms} For which somebody was left alone. */
  let pauses: number[];

  beforeEach(() => {
    pauses = [];
    const rows: Standing[] = [];
    standings = new Standings(
      { pacing: "live", halfLifeMs: 1e12, most: 100 },
      { rows: { all: () => rows, put: () => undefined, trim: () => undefined }, clock: systemClock },
    );
    scout = new Scout__FakeForMarket(standings);
  });
  afterEach(() => market.close());

  async function open(options: Partial<MarketOptions> = {}): Promise<Market> {
    market = new Market(
      { size: 4, patienceMs: 60, exploration: { share: 0, random: () => 0 }, ...options },
      { scout, standings, policy: cheapest, clock: systemClock, log: pino({}, { write: note }) },
    );
    await market.open(LIVE);
    // The first session is enough to begin with; here the others are wanted, too.
    await turn();
    return market;
  }

  function note(line: string): void {
    const { pauseMs } = JSON.parse(line) as { readonly pauseMs?: number };
    if (pauseMs !== undefined) pauses.push(pauseMs);
  }

  /** Takes a segment and delivers it. */
  async function deliver(): Promise<string> {
    const slot = await market.acquire(NOBODY, WANT, LIVE);
    const name = nameOf(slot)!;
    slot.succeeded(0.5, renewal(name, scout.known.get(name)?.capacity));
    return name;
  }

  it("opens sessions with the best, as many as share a stream", async () => {
    for (let price = 6; price > 0; price--) scout.offer(`${price}`, 1, { price });
    await open({ size: 2 });
    expect(scout.opened).to.deep.equal(["1", "2"]);
  });

  it("prefers the best, less the more of its places are taken, and waits when there is none", async () => {
    scout.offer("a", 4, { price: 10 }).offer("b", 1, { price: 20 });
    await open();
    const slots = [];
    for (let i = 0; i < 5; i++) slots.push(await market.acquire(NOBODY, WANT, LIVE));
    expect(slots.map(nameOf)).to.deep.equal(["a", "a", "b", "a", "a"]);
    const waiting = market.acquire(NOBODY, WANT, LIVE);
    slots[2]!.succeeded(1, renewal("b"));
    expect(nameOf(await waiting)).to.equal("b");
  });

  it("gives to its own as long as they have a place", async () => {
    scout.offer("a", 2, { price: 10 }).offer("own", 2, { price: 1_000, own: true });
    await open();
    const slots = [];
    for (let i = 0; i < 3; i++) slots.push(await market.acquire(NOBODY, WANT, LIVE));
    expect(slots.map(nameOf)).to.deep.equal(["own", "own", "a"]);
  });

  it("takes turns among equals", async () => {
    scout.offer("a").offer("b");
    await open();
    const order = [];
    for (let i = 0; i < 4; i++) order.push(await deliver());
    expect(order).to.deep.equal(["a", "b", "a", "b"]);
  });

  it("sends a failed segment elsewhere, and back only when nobody else is there; another copy never", async () => {
    scout.offer("a").offer("b", 1, { price: 1_000 });
    await open();
    const others = await market.acquireOther(new Set(["a"]), { ...WANT, patient: false }, LIVE);
    expect(nameOf(others)).to.equal("b");
    expect(await market.acquireOther(new Set(["a"]), { ...WANT, patient: false }, LIVE)).to.equal(null);
    others!.abandoned(1);
    expect(nameOf(await market.acquire(new Set(["a"]), WANT, LIVE))).to.equal("b");
    scout.known.delete("b");
    market.poke();
    expect(await market.acquireOther(new Set(["a", "b"]), { ...WANT, patient: true }, LIVE)).to.equal(null);
  });

  it("suspends who fails, asks it again, and takes it back on probation: one segment at a time until it has proven itself", async () => {
    scout.offer("a", 2);
    await open();
    (await market.acquire(NOBODY, WANT, LIVE)).failed(new StreamflowError("PeerFailed", "gone"));
    expect(market.capacity()).to.equal(0);
    expect(standings.get("a").probation).to.equal(PROBATION);
    // Longer than the patience for one segment.
    let served = false;
    while (!served)
      served = await deliver().then(
        () => true,
        () => false,
      );
    expect(scout.asked).to.deep.equal(["a"]);
    expect(market.capacity()).to.equal(1);
    for (let i = 1; i < PROBATION; i++) await deliver();
    expect(market.capacity()).to.equal(2);
  });

  it("holds nothing against who refuses for a quote that has run out, and asks it again soon", async () => {
    scout.offer("a", 2);
    await open({ patienceMs: 10_000 });
    (await market.acquire(NOBODY, WANT, LIVE)).failed(new StreamflowError("TicketParamsExpired", "late"));
    expect(await deliver()).to.equal("a");
    expect(scout.asked).to.deep.equal(["a"]);
    expect(standings.get("a")).to.deep.include({ probation: 0, failures: {} });
  });

  it("replaces who fails by the next best at once", async () => {
    for (const [name, price] of [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ] as const)
      scout.offer(name, 1, { price });
    await open({ size: 2 });
    (await market.acquire(NOBODY, WANT, LIVE)).failed(new StreamflowError("FaultFound", "half the frames"));
    await turn();
    expect(scout.opened).to.deep.equal(["a", "b", "c"]);
    expect(nameOf(await market.acquire(NOBODY, WANT, LIVE))).to.equal("b");
    expect(nameOf(await market.acquire(NOBODY, WANT, LIVE))).to.equal("c");
  });

  it("takes the next when one does not open a session", async () => {
    scout.offer("a", 1, { price: 1 }).offer("b", 1, { price: 2 });
    scout.failures.push(new StreamflowError("CapacityExceeded", "full"));
    await open({ size: 1 });
    expect(scout.opened).to.deep.equal(["a", "b"]);
    expect(await deliver()).to.equal("b");
  });

  it("holds it against nobody that somebody else was faster, and remembers that it was not", async () => {
    scout.offer("a");
    await open();
    (await market.acquire(NOBODY, WANT, LIVE)).abandoned(3);
    (await market.acquire(NOBODY, WANT, LIVE)).abandoned(null);
    const { failures, good, paces } = standings.get("a");
    expect({ failures, good }).to.deep.equal({ failures: {}, good: 0 });
    expect(paces.live.reduce((sum, count) => sum + count)).to.equal(1);
  });

  it("asks who was late whether it is still there, before it gets another segment", async () => {
    scout.offer("a");
    await open({ patienceMs: 10_000 });
    (await market.acquire(NOBODY, WANT, LIVE)).late(3);
    expect(await deliver()).to.equal("a");
    expect(scout.asked).to.deep.equal(["a"]);
    expect(standings.get("a")).to.deep.include({ probation: 0, failures: {} });
  });

  it("invites one newcomer at a time, for one segment each", async () => {
    scout.offer("known", 9, { price: 1 });
    for (const name of ["x", "y"]) scout.offer(name, 9, { price: 1_000, experience: 0 });
    await open({ size: 1, exploration: { share: 1, random: () => 0.4 } });
    // The draw is hit each time; the first newcomer of two is invited while the segment goes to the known one.
    expect(await market.acquire(NOBODY, WANT, LIVE).then(nameOf)).to.equal("known");
    expect(scout.opened).to.deep.equal(["known", "x"]);
    await turn();
    const slot = await market.acquire(NOBODY, WANT, LIVE);
    expect(nameOf(slot)).to.equal("x");
    for (let i = 0; i < 5; i++) expect(await deliver(), "while the guest works").to.equal("known");
    expect(scout.opened).to.deep.equal(["known", "x"]);
    slot.succeeded(1, renewal("x"));
    expect(await deliver(), "it has left").to.equal("known");
    expect(scout.opened).to.have.length(3);
  });

  it("draws for a newcomer once for each segment, however often it looks for a place", async () => {
    scout.offer("known", 1, { price: 1 }).offer("newcomer", 1, { price: 1_000, experience: 0 });
    let draws = 0;
    await open({ size: 1, exploration: { share: 0.5, random: () => (draws++, 0.9) } });
    let held = await market.acquire(NOBODY, WANT, LIVE);
    const waiting = Array.from({ length: 4 }, () =>
      market.acquire(NOBODY, WANT, LIVE).then((slot) => void (held = slot)),
    );
    for (let i = 0; i < waiting.length; i++) {
      held.abandoned(null);
      await turn();
    }
    await Promise.all(waiting);
    expect(draws).to.equal(5);
  });

  it("says why when nobody is left for as long as a segment can wait", async () => {
    scout.offer("a");
    await open();
    (await market.acquire(NOBODY, WANT, LIVE)).failed(new StreamflowError("AnswerInvalid", "not a form"));
    await expectCode(market.acquire(NOBODY, WANT, LIVE), "AnswerInvalid");
    scout.known.clear();
    await expectCode(open(), "NoOrchestrator");
  });

  it("waits at the start for who is suspended, if it is soon back and there is nobody else", async () => {
    scout.offer("a");
    standings.failed("a", "PeerFailed");
    await open({ patienceMs: 10_000 });
    expect(standings.get("a").suspendedUntil).to.be.below(systemClock.now());
    expect(scout.opened).to.deep.equal(["a"]);
    market.close();
    standings.failed("a", "FaultFound");
    await expectCode(open(), "NoOrchestrator");
  });

  it("takes no more of what was refused for load than is under way, and more again with each good segment", async () => {
    scout.offer("a", 4);
    await open();
    const [first, second, third] = [
      await market.acquire(NOBODY, WANT, LIVE),
      await market.acquire(NOBODY, WANT, LIVE),
      await market.acquire(NOBODY, WANT, LIVE),
    ];
    third.failed(new StreamflowError("Overloaded", "others buy here, too"));
    expect(market.capacity(), "not suspended").to.equal(2);
    first.succeeded(0.5, renewal("a", 4));
    second.succeeded(0.5, renewal("a", 4));
    for (let i = 0; i < 10; i++) await deliver();
    expect(market.capacity()).to.equal(4);
  });

  it("holds nothing against who refuses for load, and asks it again within a second", async () => {
    scout.offer("a", 4);
    await open({ patienceMs: 10_000 });
    for (let i = 0; i < 4; i++) {
      (await market.acquire(NOBODY, WANT, LIVE)).failed(new StreamflowError("Overloaded", "full"));
      (await market.acquire(NOBODY, WANT, LIVE)).abandoned(null);
    }
    expect(pauses).to.deep.equal([250, 500, 1_000, 1_000]);
    expect(standings.get("a")).to.deep.include({ probation: 0, failures: {}, strikes: 0 });
  });

  describe("when places are few", () => {
    const wantOf = (rank: number, sequence = 0, changes: Partial<Turn> = {}, patienceMs = Infinity): Want => {
      const turn = { rank, sequence, isExtra: false, isLive: true, ...changes };
      return { turn, until: Infinity, patientUntil: performance.now() + patienceMs };
    };

    it("serves streams in the order in which they began, and second sendings last", async () => {
      scout.offer("a");
      await open();
      let held = await market.acquire(NOBODY, WANT, LIVE);
      const served: string[] = [];
      const ask = (name: string, want: Want) =>
        market.acquire(NOBODY, want, LIVE).then((slot) => {
          served.push(name);
          held = slot;
        });
      const waiting = [
        ask("extra of the first", wantOf(0, 0, { isExtra: true })),
        ...[ask("third", wantOf(2)), ask("first, later", wantOf(0, 1)), ask("first", wantOf(0, 0))],
        ask("second", wantOf(1)),
      ];
      expect(market.waiting).to.equal(4);
      for (let i = 0; i < waiting.length; i++) {
        held.abandoned(null);
        await turn();
      }
      await Promise.all(waiting);
      expect(served).to.deep.equal(["first", "first, later", "second", "third", "extra of the first"]);
    });

    it("gives up a segment when its patience is over, and says that there is too much to do", async () => {
      scout.offer("a");
      await open();
      await market.acquire(NOBODY, WANT, LIVE);
      await expectCode(market.acquire(NOBODY, wantOf(1, 0, {}, 20), LIVE), "Overloaded");
      expect(market.waiting).to.equal(0);
    });

    it("takes no place that comes too late", async () => {
      scout.offer("a");
      await open();
      const late = { ...wantOf(1), until: performance.now(), patientUntil: performance.now() };
      await expectCode(market.acquire(NOBODY, late, LIVE), "Overloaded");
    });

    it("counts nobody who can wait", async () => {
      scout.offer("a");
      await open();
      await market.acquire(NOBODY, WANT, LIVE);
      const stop = new AbortController();
      const waiting = market.acquire(NOBODY, wantOf(1, 0, { isLive: false }), stop.signal).catch(() => undefined);
      expect(market.waiting).to.equal(0);
      stop.abort();
      await waiting;
    });
  });

  it("stops waiting when told to", async () => {
    scout.offer("a");
    await open();
    await market.acquire(NOBODY, WANT, LIVE);
    const stop = new AbortController();
    const waiting = market.acquire(NOBODY, WANT, stop.signal).catch((thrown: unknown) => thrown);
    stop.abort(new Error("enough"));
    expect(((await waiting) as Error).message).to.equal("enough");
  });
});

describe("parseServiceUri", () => {
  it("takes bare http and https addresses and nothing else", () => {
    expect(parseServiceUri("http://127.0.0.1:8935")?.port).to.equal("8935");
    expect(parseServiceUri("https://example.org/base/")?.pathname).to.equal("/base/");
    for (const uri of [
      "",
      "file:///etc/passwd",
      "ftp://x",
      "http://user:pass@x",
      "http://x/?a=1",
      "http://x/#a",
      "javascript:1",
      "no uri",
    ]) {
      expect(parseServiceUri(uri), uri).to.equal(null);
    }
  });
});
