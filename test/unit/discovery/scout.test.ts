import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { pino } from "pino";
import { Standings } from "../../../offchain/discovery/history/standings.ts";
import type { Answered, Listing } from "../../../offchain/discovery/interface.ts";
import { Offers } from "../../../offchain/discovery/offers.ts";
import { openSession } from "../../../offchain/discovery/quotes.ts";
import { Scout } from "../../../offchain/discovery/scout.ts";
import type { Requirements } from "../../../offchain/discovery/selection/eligibility.ts";
import { cheapest } from "../../../offchain/discovery/selection/policies.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import type { Sender, SenderSession } from "../../../offchain/pm/interface.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { expectCode } from "../pm/coded.ts";
import { DOMAIN, SENDER } from "../pm/world.ts";
import { answered, type Named, type Offering, orchestrator, QUOTE_DOMAIN, SERVICE } from "./orchestrators.ts";

/** {ms} How long the quotes of these orchestrators stand. */
const LIFETIME = 60_000;
const MARGIN = 5_000;

/** A sender that refuses by price, as the real one does, and knows no chain. */
class Sender__Fake implements Pick<Sender, "startSession"> {
  limit = 100n;
  refusal: StreamflowError | null = null;

  async startSession(input: unknown): Promise<SenderSession> {
    if (this.refusal !== null) throw this.refusal;
    const { terms } = input as { terms: { price: { numerator: string } } };
    if (BigInt(terms.price.numerator) > this.limit) throw new StreamflowError("PriceTooHigh", "above the limit");
    return {} as SenderSession;
  }
}

class World {
  readonly clock = new Clock__Fake();
  readonly sender = new Sender__Fake();
  readonly store: NodeStore = openStore({ path: ":memory:", identity: { ...DOMAIN, address: SENDER } });
  listed: Named[] = [];
  readonly asked: string[] = [];
  reads = 0;
  /** What each answers; a missing one does when it is told to. */
  readonly answers = new Map<string, Offering | StreamflowError>();
  readonly #waiting: (() => void)[] = [];

  /** A node that has just been started. */
  node(requirements: Partial<Requirements> = {}, most = 100): { scout: Scout; offers: Offers; standings: Standings } {
    const { clock, sender, store } = this;
    const offers = new Offers(
      { service: SERVICE, sender: SENDER, domain: QUOTE_DOMAIN, most, marginMs: MARGIN },
      { rows: store.offers, clock },
    );
    const standings = new Standings({ pacing: "live", halfLifeMs: 1e9, most: 100 }, { rows: store.standings, clock });
    const scout = new Scout(
      {
        requirements: {
          ...{ minimumStake: 0n, maximumPrice: { numerator: 100n, denominator: 1n }, maximumDistanceKm: null },
          ...{ httpsOnly: false, only: new Set(), own: new Set() },
          ...requirements,
        },
        gatherMs: 20,
      },
      {
        ...{ offers, standings, sender, clock, policy: cheapest, log: pino({ level: "silent" }) },
        read: () => {
          this.reads++;
          return Promise.resolve(this.listed.map(({ listing }) => listing));
        },
        ask: (listing) => this.#ask(listing),
        distanceOf: ([region]) => (region === undefined ? null : Number(region)),
      },
    );
    return { scout, offers, standings };
  }

  offer(number: number, offering: Offering | StreamflowError | null = {}, listed: Partial<Listing> = {}): string {
    const named = orchestrator(number, listed);
    const { address } = named.signer;
    this.listed = [...this.listed.filter(({ signer }) => signer.address !== address), named];
    if (offering === null) this.answers.delete(address);
    else this.answers.set(address, offering);
    return address;
  }

  async #ask(listing: Listing): Promise<Answered> {
    this.asked.push(listing.orchestrator);
    const answer = this.answers.get(listing.orchestrator);
    if (answer === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return this.#answer(listing, {});
    }
    if (answer instanceof StreamflowError) throw answer;
    return this.#answer(listing, answer);
  }

  /** Those who have kept silent answer now. */
  async release(): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) resolve();
    await turn();
  }

  #answer({ orchestrator: name }: Listing, answer: Offering): Promise<Answered> {
    const named = this.listed.find(({ signer }) => signer.address === name)!;
    return answered(named, { validUntil: this.clock.now() + LIFETIME, ...answer });
  }
}

const namesOf = (scout: Scout) => cheapest(scout.candidates()).map(({ candidate }) => candidate.orchestrator);

describe("Scout", () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.store.close());

  it("asks all that the registry lists when nothing is known, and keeps what they answer", async () => {
    const [dear, cheap] = [world.offer(1, { price: 9n }), world.offer(2, { price: 3n })];
    const { scout } = world.node();
    expect(await scout.find(1)).to.equal("registry");
    expect(world.asked).to.have.members([dear, cheap]);
    expect(namesOf(scout)).to.deep.equal([cheap, dear]);
  });

  it("asks nobody when quotes are kept that stand, and opens sessions on them", async () => {
    const cheap = world.offer(1);
    await world.node().scout.find(1);
    world.asked.length = 0;
    world.clock.advance(LIFETIME - MARGIN - 1);
    const { scout } = world.node();
    expect(await scout.find(1)).to.equal("kept");
    const { signed } = await scout.open(cheap);
    expect(signed.quote.orchestrator).to.equal(cheap);
    expect(world.asked).to.deep.equal([]);
    expect(world.reads).to.equal(1);
  });

  it("asks only the best of those that it knows when their quotes have run out", async () => {
    const names = [1, 2, 3, 4].map((n) => world.offer(n, { price: BigInt(n) }));
    await world.node().scout.find(1);
    world.asked.length = 0;
    world.clock.advance(LIFETIME);
    expect(await world.node().scout.find(1)).to.equal("known");
    expect(world.asked).to.deep.equal(names.slice(0, 2));
    expect(world.reads).to.equal(1);
  });

  it("takes who has answered by the deadline, and hears who is late", async () => {
    const quick = world.offer(1);
    const late = world.offer(2, null);
    const { scout } = world.node();
    expect(await scout.find(1)).to.equal("registry");
    expect(namesOf(scout)).to.deep.equal([quick]);
    await world.release();
    expect(namesOf(scout)).to.have.members([quick, late]);
  });

  it("waits for the first answer when there is none by the deadline", async () => {
    const only = world.offer(1, null);
    const { scout } = world.node();
    const found = scout.find(1);
    // Twice the deadline.
    await delay(40);
    await world.release();
    await found;
    expect(namesOf(scout)).to.deep.equal([only]);
  });

  it("has no candidates when all refuse, and says why", async () => {
    world.offer(1, new StreamflowError("LowPMBalance", "more"));
    world.offer(2, new StreamflowError("CapacityExceeded", "full"));
    const { scout } = world.node();
    await scout.find(1);
    expect(scout.candidates()).to.deep.equal([]);
    expect(scout.refusals.map(({ code }) => code)).to.have.members(["LowPMBalance", "CapacityExceeded"]);
  });

  it("considers nobody that is suspended, above the price, behind too little stake, too far away, or not among those named", async () => {
    const fit = world.offer(1, { price: 100n }, { stake: 5n, regions: [10n] });
    const anywhere = world.offer(2, { price: 99n }, { stake: 5n });
    world.offer(3, { price: 101n }, { stake: 5n });
    const poor = world.offer(4, { price: 1n }, { stake: 4n });
    const far = world.offer(5, { price: 1n }, { stake: 5n, regions: [11n] });
    const other = world.offer(6, { price: 1n }, { stake: 5n });
    const bad = world.offer(7, { price: 1n }, { stake: 5n });
    const only = new Set(world.listed.map(({ signer }) => signer.address.toLowerCase()));
    only.delete(other.toLowerCase());
    const { scout, standings } = world.node({ minimumStake: 5n, maximumDistanceKm: 10, only });
    standings.failed(bad, "PeerFailed");
    await scout.find(1);
    expect(namesOf(scout)).to.deep.equal([anywhere, fit]);
    for (const unwanted of [poor, far, other]) expect(world.asked).not.to.include(unwanted);
    expect(scout.msUntilAny()).to.equal(500);
    world.clock.advance(501);
    expect(namesOf(scout)).to.deep.equal([bad, anywhere, fit]);
  });

  it("considers and asks nobody at an http address when it shall not", async () => {
    world.offer(1);
    const secure = world.offer(2, {}, { url: new URL("https://127.0.0.1/") });
    const { scout } = world.node({ httpsOnly: true });
    await scout.find(2);
    expect(namesOf(scout)).to.deep.equal([secure]);
    expect(world.asked).to.deep.equal([secure]);
  });

  it("asks again when a kept quote is of a round that has passed", async () => {
    const one = world.offer(1);
    const { scout } = world.node();
    await scout.find(1);
    world.asked.length = 0;
    world.sender.refusal = new StreamflowError("TicketParamsExpired", "another round");
    await expectCode(scout.open(one), "TicketParamsExpired");
    expect(world.asked).to.deep.equal([one]);
  });

  it("remembers who signs a wrong quote, and not who is away", async () => {
    const liar = world.offer(1, new StreamflowError("QuoteInvalid", "another nonce"));
    const away = world.offer(2, new StreamflowError("PeerFailed", "away"));
    const { scout } = world.node();
    await scout.find(1);
    const { standings } = world.node();
    expect(standings.get(liar).suspendedUntil).to.be.above(world.clock.now());
    expect(standings.get(away).suspendedUntil).to.equal(0);
  });

  it("N3: keeps no more offers than it may, those with the most stake, and none that the registry dropped", async () => {
    for (let n = 1; n <= 12; n++) world.offer(n);
    const first = world.node({}, 10);
    await first.scout.find(1);
    first.offers.save();
    expect([...first.offers.all()].map(({ stake }) => stake)).to.have.members(
      Array.from({ length: 10 }, (_, i) => BigInt(i + 3)),
    );
    world.listed = world.listed.slice(-2);
    await first.scout.readRegistry();
    first.offers.save();
    expect(world.node({}, 10).offers.size).to.equal(2);
  });

  it("does not use what was changed in the store", async () => {
    const one = world.offer(1);
    await world.node().scout.find(1);
    const text = world.store.offers.quote(SERVICE, one)!;
    const offer = world.store.offers.all(SERVICE)[0]!;
    world.store.offers.change(SERVICE, [{ kind: "put", offer, quote: text.replace('"capacity":1', '"capacity":9') }]);
    expect(world.node().offers.kept(one)).to.equal(null);
    world.store.offers.change(SERVICE, [{ kind: "put", offer, quote: text }]);
    const kept = world.node().offers.kept(one);
    expect(kept).not.to.equal(null);
    await openSession(kept!, world.sender);
  });
});
