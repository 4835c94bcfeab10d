import { expect } from "chai";
import { pino } from "pino";
import { noPaces, type PaceCounts, withPace } from "../../../offchain/discovery/history/pace.ts";
import type { Slot, Want } from "../../../offchain/discovery/market.ts";
import type { SignedQuote } from "../../../offchain/discovery/signed-quote.ts";
import { type ErrorData, StreamflowError } from "../../../offchain/errors.ts";
import type { Disagreement } from "../../../offchain/node/comparison.ts";
import { Hedging, type Means } from "../../../offchain/node/hedging.ts";
import { Load } from "../../../offchain/node/load.ts";
import { Patience } from "../../../offchain/node/patience.ts";
import { Race, type RaceModules, type RaceOptions } from "../../../offchain/node/race.ts";
import type { Bought, PreparedSegment } from "../../../offchain/node/segment-buyer.ts";

/** What an orchestrator does with a segment; without one it works until its request is ended. */
type Behaviour = "good" | "short" | StreamflowError | Promise<unknown> | undefined;

const PREPARED = {
  segment: { sequence: 4, bytes: Buffer.alloc(1), info: { frames: 48, durationMs: 2_000 } },
  sourceRoot: "",
} as unknown as PreparedSegment;

const bought = (frames: number): Bought =>
  ({
    renditions: [{ name: "240p", info: { frames, durationTicks: 3_750 * frames } }],
    renewal: {} as SignedQuote,
  }) as unknown as Bought;

/** Orchestrators with one place each, in the order in which they are preferred, and what became of each copy. */
class Scene {
  readonly names: string[];
  readonly behaviours: Record<string, Behaviour>;
  readonly log: string[] = [];
  readonly disagreements: Disagreement[] = [];
  readonly #busy = new Set<string>();
  readonly load = new Load();
  readonly patience = new Patience();
  readonly wants: Want[] = [];
  readonly remaining: number[] = [];
  /** {1} Segments of others that wait for a place. */
  waiting = 0;
  /** Called when something was sent. */
  onSent: (name: string) => void = () => undefined;
  /** Whose pictures are not the source's. */
  rejected: string | null = null;
  hedging: RaceModules["hedging"] = new Hedging({ quantile: 1, share: 0, afterMs: 1 }, { paces: noPaces });

  constructor(behaviours: Record<string, Behaviour>) {
    this.behaviours = behaviours;
    this.names = Object.keys(behaviours);
  }

  race(options: Partial<RaceOptions> = {}, signal = new AbortController().signal): Race {
    return new Race(
      PREPARED,
      { attempts: 6, copies: 1, compare: 0, deadline: { ms: 10_000, from: "sending" }, rank: 0, ...options },
      {
        market: {
          acquire: async (avoid, want, stop) => {
            this.wants.push(want);
            const wanted = this.names.filter((name) => !avoid.has(name));
            const free = this.#free().filter((name) => wanted.length === 0 || wanted.includes(name));
            return this.#slot(free[0]) ?? ended(stop);
          },
          waiting: this.waiting,
          acquireOther: async (others) => this.#slot(this.#free().find((name) => !others.has(name))),
        },
        buyer: {
          buy: (_, quote, remainingMs, stop) => {
            this.remaining.push(remainingMs);
            return this.#buy(quote.listing.orchestrator, stop);
          },
        },
        hedging: this.hedging,
        ...{ load: this.load, patience: this.patience },
        ...(this.rejected === null ? {} : { checking: { check: (_, name) => this.#check(name) } }),
        random: () => 0.5,
        onDisagreement: (found) => this.disagreements.push(found),
        log: pino({ level: "silent" }),
      },
      signal,
    );
  }

  async #check(name: string): Promise<void> {
    if (name === this.rejected) throw new StreamflowError("WorkRejected", "frozen");
  }

  #free(): string[] {
    return this.names.filter((name) => !this.#busy.has(name));
  }

  #slot(name: string | undefined): Slot | null {
    if (name === undefined) return null;
    this.#busy.add(name);
    const note = (what: string) => {
      this.#busy.delete(name);
      this.log.push(`${name} ${what}`);
    };
    return {
      quote: { listing: { orchestrator: name } } as Slot["quote"],
      succeeded: () => note("succeeded"),
      failed: (error) => note((error as StreamflowError).code),
      abandoned: (pace) => note(pace === null ? "unused" : "abandoned"),
      late: () => note("late"),
    };
  }

  async #buy(name: string, stop: AbortSignal): Promise<Bought> {
    this.onSent(name);
    let behaviour = this.behaviours[name];
    if (behaviour instanceof Promise) behaviour = (await behaviour) as Behaviour;
    if (behaviour === "good") return bought(48);
    if (behaviour === "short") return bought(24);
    if (behaviour instanceof StreamflowError) throw behaviour;
    return ended(stop);
  }
}

/** Never resolves. */
function ended(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new StreamflowError("PeerFailed", "the request was ended"));
    if (stop.aborted) end();
    stop.addEventListener("abort", end);
  });
}

const gone = () => new StreamflowError("PeerFailed", "gone");
const wrong = (data: ErrorData) => new StreamflowError("FaultFound", "half the frames", data);

async function winnerOf(race: Race): Promise<string | null> {
  const { won, over } = race.start();
  const winner = await won;
  await over;
  return winner?.orchestrator ?? null;
}

describe("a segment on its way", () => {
  describe("when there is too much to do", () => {
    const crowded = (behaviours: Record<string, Behaviour>) => Object.assign(new Scene(behaviours), { waiting: 1 });

    it("N3: is sent again after a failure only as far as the budget of all streams goes", async () => {
      const fails = new StreamflowError("TranscodeFailed", "x");
      const scene = crowded({ a: fails, b: "good" });
      while (scene.load.budget.spend());
      expect(await scene.race().start().won).to.equal(null);
      expect(scene.log).to.deep.equal(["a TranscodeFailed"]);
      scene.log.length = 0;
      scene.load.budget.giveBack();
      expect(await scene.race().start().won).to.include({ orchestrator: "b" });
      // With nobody waiting it takes a place from nobody.
      scene.waiting = 0;
      while (scene.load.budget.spend());
      expect(await scene.race().start().won).to.include({ orchestrator: "b" });
    });

    it("N3: takes nothing out of the budget when it is not sent again", async () => {
      const failing = () => crowded({ a: new StreamflowError("TranscodeFailed", "x") });
      const exhausted = failing();
      const { saved } = exhausted.load.budget;
      expect(await winnerOf(exhausted.race({ attempts: 1 }))).to.equal(null);
      expect(exhausted.load.budget.saved, "no attempt is left").to.equal(saved);
      const alone = failing();
      alone.onSent = () => void alone.names.splice(0);
      expect(await winnerOf(alone.race({ deadline: { ms: 50, from: "arrival" } }))).to.equal(null);
      expect(alone.log).to.deep.equal(["a TranscodeFailed"]);
      expect(alone.load.budget.saved, "there is no place for it").to.equal(saved);
    });

    it("goes elsewhere after a refusal that cost nothing, whatever the budget", async () => {
      const scene = crowded({ a: new StreamflowError("Overloaded", "x"), b: "good" });
      while (scene.load.budget.spend());
      expect(await scene.race().start().won).to.include({ orchestrator: "b" });
      expect(scene.log).to.deep.equal(["a Overloaded", "b succeeded"]);
    });

    it("N3: is not hedged, not even half-way to its deadline, while others wait for a place", async () => {
      const scene = crowded({ a: undefined, b: "good" });
      scene.hedging = new Hedging({ quantile: 0.5, share: 1, afterMs: 1 }, { paces: noPaces });
      expect(await scene.race({ deadline: { ms: 100, from: "arrival" } }).start().won).to.equal(null);
      expect(scene.log).to.deep.equal(["a abandoned"]);
    });

    it("N3: is not hedged when the budget of all streams is used up", async () => {
      const scene = new Scene({ a: undefined, b: "good" });
      scene.hedging = new Hedging({ quantile: 0.5, share: 1, afterMs: 1 }, { paces: noPaces });
      while (scene.load.budget.spend());
      expect(await scene.race({ deadline: { ms: 100, from: "arrival" } }).start().won).to.equal(null);
      expect(scene.log).to.deep.equal(["a abandoned"]);
    });

    it("says how long it still waits, and wants no place that comes too late for the usual time", async () => {
      const scene = new Scene({ a: "good" });
      scene.load.delivered(0.5);
      let begun = performance.now();
      await scene.race({ deadline: { ms: 4_000, from: "arrival" }, rank: 7 }).start().won;
      expect(scene.remaining[0]).to.be.within(2_000, 4_000);
      // Two seconds of video at half of its speed take one.
      expect(scene.wants[0]!.until - begun).to.be.within(3_000, 3_900);
      expect(scene.wants[0]!.turn).to.deep.equal({ rank: 7, sequence: 4, isLive: true, isExtra: false });
      for (let i = 0; i < 10; i++) scene.patience.shed();
      begun = performance.now();
      await scene.race({ deadline: { ms: 4_000, from: "arrival" } }).start().won;
      expect(scene.wants[1]!.patientUntil - begun).to.be.within(250, 2_000);
    });
  });

  it("goes to one, and nobody else when that is good", async () => {
    const scene = new Scene({ a: "good", b: "good" });
    expect(await winnerOf(scene.race())).to.equal("a");
    expect(scene.log).to.deep.equal(["a succeeded"]);
  });

  it("goes elsewhere at once when it fails, and back when all have failed, until the attempts are used up", async () => {
    const scene = new Scene({ a: gone(), b: gone(), c: "good" });
    const race = scene.race();
    expect(await winnerOf(race)).to.equal("c");
    expect(scene.log).to.deep.equal(["a PeerFailed", "b PeerFailed", "c succeeded"]);
    expect(race.attempts).to.equal(3);

    const hopeless = new Scene({ a: gone(), b: gone() });
    expect(await winnerOf(hopeless.race({ attempts: 3 }))).to.equal(null);
    expect(hopeless.log).to.deep.equal(["a PeerFailed", "b PeerFailed", "a PeerFailed"]);
  });

  it("N3: is missing when its time is up, whatever is under way, which is nobody's failure", async () => {
    const scene = new Scene({ a: undefined });
    expect(await winnerOf(scene.race({ deadline: { ms: 20, from: "sending" } }))).to.equal(null);
    expect(scene.log).to.deep.equal(["a abandoned"]);
  });

  it("goes elsewhere when its pictures are not the source's, and is missing when nobody else delivers it", async () => {
    const scene = new Scene({ a: "good", b: "good" });
    scene.rejected = "a";
    expect(await winnerOf(scene.race())).to.equal("b");
    expect(scene.log).to.deep.equal(["a WorkRejected", "b succeeded"]);
    const alone = new Scene({ a: "good" });
    alone.rejected = "a";
    expect(await winnerOf(alone.race({ attempts: 2 }))).to.equal(null);
    expect(alone.log).to.deep.equal(["a WorkRejected", "a WorkRejected"]);
  });

  it("ends when the stream does", async () => {
    const scene = new Scene({ a: undefined });
    const stop = new AbortController();
    scene.onSent = () => queueMicrotask(() => stop.abort(new Error("enough")));
    expect(await winnerOf(scene.race({}, stop.signal))).to.equal(null);
    expect(scene.log).to.deep.equal(["a abandoned"]);
  });

  describe("with several copies", () => {
    it("goes to as many at once, each another one; the first good answer ends the others' requests", async () => {
      const scene = new Scene({ a: undefined, b: "good", c: undefined, d: undefined });
      expect(await winnerOf(scene.race({ copies: 3 }))).to.equal("b");
      expect(scene.log.sort()).to.deep.equal(["a abandoned", "b succeeded", "c abandoned"]);
    });

    it("is content with those that there are", async () => {
      const scene = new Scene({ a: "good" });
      expect(await winnerOf(scene.race({ copies: 4 }))).to.equal("a");
      expect(scene.log).to.deep.equal(["a succeeded"]);
    });

    it("takes the good answer when the other lies, whoever is first, and says that they disagree", async () => {
      const scene = new Scene({
        liar: wrong({ rendition: "240p", frames: 24, durationTicks: 90_000 }),
        honest: "good",
      });
      expect(await winnerOf(scene.race({ copies: 2 }))).to.equal("honest");
      expect(scene.log).to.deep.equal(["liar FaultFound", "honest succeeded"]);
      expect(scene.disagreements).to.deep.equal([
        {
          sequence: 4,
          rendition: "240p",
          answers: [
            { orchestrator: "liar", frames: 24, durationTicks: 90_000 },
            { orchestrator: "honest", frames: 48, durationTicks: 180_000 },
          ],
        },
      ]);
    });

    it("holds a bad answer against who sent it, also when somebody else has won at the same moment", async () => {
      const [a, b] = [Promise.withResolvers<Behaviour>(), Promise.withResolvers<Behaviour>()];
      const scene = new Scene({ a: a.promise, b: b.promise });
      scene.onSent = (name) => {
        if (name === "a") return;
        a.resolve("good");
        b.resolve(wrong({}));
      };
      expect(await winnerOf(scene.race({ copies: 2 }))).to.equal("a");
      expect(scene.log).to.deep.equal(["a succeeded", "b FaultFound"]);
    });

    it("awaits all answers of some segments, and publishes the first meanwhile", async () => {
      const [early, late] = [Promise.withResolvers<Behaviour>(), Promise.withResolvers<Behaviour>()];
      const scene = new Scene({ a: early.promise, b: late.promise });
      scene.onSent = (name) => name === "b" && early.resolve("good");
      const { won, over } = scene.race({ copies: 2, compare: 0.6 }).start();
      expect((await won)?.orchestrator).to.equal("a");
      late.resolve("short");
      await over;
      expect(scene.log).to.deep.equal(["a succeeded", "b succeeded"]);
      expect(scene.disagreements).to.have.length(1);
    });

    it("tries on when all copies have failed", async () => {
      const scene = new Scene({ a: gone(), b: gone(), c: gone(), d: "good" });
      expect(await winnerOf(scene.race({ copies: 2 }))).to.equal("d");
    });
  });

  describe("that is late", () => {
    const standings = { paces: noPaces };
    /** Late after this many milliseconds. */
    const hedging = (afterMs: number, share: number) => {
      const made = new Hedging({ quantile: 0.9, share, afterMs }, standings);
      for (let i = 0; i < 5; i++) made.observe(0);
      return made;
    };

    it("goes to a second one, and the first answer is taken", async () => {
      const scene = new Scene({ slow: undefined, quick: "good" });
      scene.hedging = hedging(1, 0);
      expect(await winnerOf(scene.race())).to.equal("quick");
      expect(scene.log.sort()).to.deep.equal(["quick succeeded", "slow late"]);
    });

    it("does so only as often as can be afforded", async () => {
      const scene = new Scene({ slow: undefined, quick: "good" });
      scene.hedging = hedging(1, 0.25);
      const winners = [];
      // Over before it is asked again whether there are means, and before half of its time is.
      for (let i = 0; i < 9; i++) {
        const stop = new AbortController();
        const soon = setTimeout(() => stop.abort(), 200);
        winners.push(await winnerOf(scene.race({}, stop.signal)));
        clearTimeout(soon);
      }
      // The first is free; then every fourth.
      expect(winners.filter((name) => name === "quick")).to.have.length(3);
    });

    it("keeps the means when there is nobody else", async () => {
      const scene = new Scene({ slow: undefined });
      scene.hedging = hedging(1, 0);
      expect(await winnerOf(scene.race({ deadline: { ms: 30, from: "sending" } }))).to.equal(null);
      expect(scene.hedging.spend(false)).to.equal("share");
      expect(scene.hedging.spend(false)).to.equal(null);
      for (let i = 0; i < 4; i++) expect(scene.hedging.spend(true)).to.equal("last chance");
    });

    it("N1: is sent without means half-way to the deadline, rather than be lost with the one that has it", async () => {
      const scene = new Scene({ a: undefined, b: "good" });
      scene.hedging = hedging(1, 0);
      expect(scene.hedging.spend(false)).to.equal("share");
      const { won, over } = scene.race({ deadline: { ms: 3_000, from: "sending" } }).start();
      expect((await won)?.orchestrator).to.equal("b");
      await over;
      expect(scene.log).to.deep.equal(["b succeeded", "a late"]);
    });

    it("N1: is late half-way to the deadline in any case, however slow the one that has it is known to be", async () => {
      const scene = new Scene({ a: undefined, b: "good" });
      // Late after 8 s by what is known.
      scene.hedging = new Hedging({ quantile: 0.9, share: 0, afterMs: 1 }, { paces: noPaces });
      const begun = performance.now();
      expect(await winnerOf(scene.race({ deadline: { ms: 1_000, from: "arrival" } }))).to.equal("b");
      expect(performance.now() - begun).to.be.at.least(490);
    });

    it("is not sent a second time when it comes back from who failed, but when half of what is left is over", async () => {
      const failing = Promise.withResolvers<Behaviour>();
      const scene = new Scene({ a: failing.promise, b: undefined, c: "good" });
      scene.hedging = hedging(5_000, 0);
      const sent: [string, number][] = [];
      const begun = performance.now();
      scene.onSent = (name) => sent.push([name, performance.now() - begun]);
      // Before its half; then 1,200 ms or less are left, and c follows b by half of them.
      setTimeout(() => failing.resolve(gone()), 800);
      expect(await winnerOf(scene.race({ deadline: { ms: 2_000, from: "sending" } }))).to.equal("c");
      const [, b, c] = sent.map(([, at]) => at);
      expect(sent.map(([name]) => name)).to.deep.equal(["a", "b", "c"]);
      expect(c! - b!).to.be.at.least(0.5 * (2_000 - b!) - 10);
    });

    it("N3: makes nobody rich who holds each segment back until half of its time is over", async () => {
      const scene = new Scene({ slow: undefined, partner: "good" });
      scene.hedging = hedging(1, 0);
      const winners = [];
      for (let i = 0; i < 8; i++) winners.push(await winnerOf(scene.race({ deadline: { ms: 400, from: "sending" } })));
      // One that is saved up, and four last chances.
      expect(winners.slice(0, 5)).to.deep.equal(Array(5).fill("partner"));
      expect(winners.slice(5)).to.deep.equal([null, null, null]);
    });
  });
});

describe("Hedging", () => {
  const DURATION = 2_000;
  let paces: PaceCounts;
  const make = (quantile = 0.9) => new Hedging({ quantile, share: 0.1, afterMs: 1_000 }, { paces: () => paces });
  beforeEach(() => (paces = noPaces()));

  it("goes by the orchestrator's own times when there are enough, else by the stream's, else by the video's", () => {
    const hedging = make();
    expect(hedging.delayFor("0x1", DURATION)).to.equal(4 * DURATION);
    for (let i = 0; i < 5; i++) hedging.observe(1);
    expect(hedging.delayFor("0x1", DURATION)! / DURATION).to.be.within(1, 1.4);
    for (let i = 0; i < 20; i++) paces = withPace(paces, 2);
    expect(hedging.delayFor("0x1", DURATION)! / DURATION).to.be.within(2, 2.8);
  });

  it("waits no longer than for twice the usual time, also when slow times are frequent enough to be in the quantile", () => {
    for (let i = 0; i < 30; i++) paces = withPace(paces, i % 5 === 0 ? 10 : 1);
    expect(make().delayFor("0x1", DURATION)! / DURATION).to.be.within(2, 2.8);
  });

  it("waits for some time in any case, and never ends when it is switched off", () => {
    for (let i = 0; i < 20; i++) paces = withPace(paces, 0.1);
    expect(make().delayFor("0x1", DURATION)).to.equal(1_000);
    expect(make(1).delayFor("0x1", DURATION)).to.equal(null);
  });

  it("N3: is paid for by segments, and cannot be saved up for long", () => {
    const hedging = make();
    const spent = () => {
      let count = 0;
      while (hedging.spend(false) !== null) count++;
      return count;
    };
    expect(spent()).to.equal(1);
    for (let i = 0; i < 10; i++) hedging.earn();
    expect(spent()).to.equal(1);
    for (let i = 0; i < 1_000; i++) hedging.earn();
    expect(spent()).to.equal(2);
  });

  it("N3: keeps means for what is lost without them, one for twenty segments, and spends no other on what is only late", () => {
    const hedging = make();
    const spent = (isLastChance: boolean) => {
      const all: (Means | null)[] = [];
      do all.push(hedging.spend(isLastChance));
      while (all.at(-1) !== null);
      return all.slice(0, -1);
    };
    expect(spent(false)).to.deep.equal(["share"]);
    expect(spent(true)).to.deep.equal(Array(4).fill("last chance"));
    for (let i = 0; i < 100; i++) hedging.earn();
    expect(spent(true)).to.deep.equal(["share", "share", ...Array<Means>(4).fill("last chance")]);
    for (let i = 0; i < 20; i++) {
      hedging.earn();
      hedging.spend(false);
    }
    hedging.giveBack("last chance");
    expect(spent(true)).to.deep.equal(["last chance", "last chance"]);
  });
});
