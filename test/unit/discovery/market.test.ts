import { expect } from "chai";
import { pino } from "pino";
import type { Listing, Quote } from "../../../offchain/discovery/interface.ts";
import { Market } from "../../../offchain/discovery/market.ts";
import { parseServiceUri } from "../../../offchain/discovery/registry.ts";
import { isStreamflowError, StreamflowError } from "../../../offchain/errors.ts";

const NOBODY: ReadonlySet<string> = new Set();
const LIVE = new AbortController().signal;

/** A quote whose session is nothing but a price: the market looks at no more and passes it on. */
function quote(orchestrator: string, capacity = 1, price = 1n): Quote {
  const listing: Listing = { orchestrator, url: new URL("http://127.0.0.1/"), stake: 1n };
  return {
    listing,
    capacity,
    responseMs: 1,
    session: { params: { terms: { price: { numerator: price, denominator: 1n } } } } as Quote["session"],
  };
}

function market(
  quotes: Quote[],
  requote: (listing: Listing) => Promise<Quote> = ({ orchestrator }) => Promise.resolve(quote(orchestrator)),
): Market {
  return new Market(quotes, { patienceMs: 60 }, { requote, log: pino({ level: "silent" }) });
}

const nameOf = (slot: { quote: Quote }) => slot.quote.listing.orchestrator;

describe("Market", () => {
  it("gives segments to the least loaded, and waits for a place when there is none", async () => {
    const open = market([quote("a", 2), quote("b", 1)]);
    const slots = [
      await open.acquire(NOBODY, LIVE),
      await open.acquire(NOBODY, LIVE),
      await open.acquire(NOBODY, LIVE),
    ];
    expect(slots.map(nameOf)).to.deep.equal(["a", "b", "a"]);
    const waiting = open.acquire(NOBODY, LIVE);
    slots[1]?.succeeded();
    expect(nameOf(await waiting)).to.equal("b");
    open.close();
  });

  it("prefers the cheaper among idle ones, and takes turns among equals", async () => {
    const open = market([quote("dear", 1, 2n), quote("a"), quote("b")]);
    const order: string[] = [];
    for (let i = 0; i < 4; i++) {
      const slot = await open.acquire(NOBODY, LIVE);
      order.push(nameOf(slot));
      slot.succeeded();
    }
    expect(order).to.deep.equal(["a", "b", "a", "b"]);
    open.close();
  });

  it("sends a failed segment elsewhere, and back only when nobody else is there", async () => {
    const open = market([quote("a"), quote("b")]);
    expect(nameOf(await open.acquire(new Set(["a"]), LIVE))).to.equal("b");
    const alone = market([quote("a")]);
    expect(nameOf(await alone.acquire(new Set(["a"]), LIVE))).to.equal("a");
    open.close();
    alone.close();
  });

  it("suspends who fails, asks it again, and takes it back with its new quote", async () => {
    let asked = 0;
    const open = market([quote("a")], ({ orchestrator }) =>
      asked++ === 0 ? Promise.reject(new Error("still away")) : Promise.resolve(quote(orchestrator, 2)),
    );
    const slot = await open.acquire(NOBODY, LIVE);
    slot.failed(new StreamflowError("TicketParamsExpired", "late"));
    expect(open.capacity()).to.equal(0);
    // The first answer comes after the patience for one segment is over; a later segment is served.
    let served = false;
    while (!served)
      served = await open.acquire(NOBODY, LIVE).then(
        () => true,
        () => false,
      );
    expect(asked).to.equal(2);
    expect(open.capacity()).to.equal(2);
    open.close();
  });

  it("says why when nobody is left for as long as a segment can wait", async () => {
    const open = market([quote("a")], () => Promise.reject(new StreamflowError("LowPMBalance", "top up")));
    (await open.acquire(NOBODY, LIVE)).failed(new StreamflowError("PeerFailed", "gone"));
    const error = await open.acquire(NOBODY, LIVE).catch((thrown: unknown) => thrown);
    expect(isStreamflowError(error, "PeerFailed") || isStreamflowError(error, "LowPMBalance")).to.equal(true);
    open.close();
    const empty = market([]);
    expect(
      isStreamflowError(await empty.acquire(NOBODY, LIVE).catch((thrown: unknown) => thrown), "NoOrchestrator"),
    ).to.equal(true);
    empty.close();
  });

  it("stops waiting when told to", async () => {
    const open = market([quote("a")]);
    await open.acquire(NOBODY, LIVE);
    const stop = new AbortController();
    const waiting = open.acquire(NOBODY, stop.signal).catch((thrown: unknown) => thrown);
    stop.abort(new Error("enough"));
    expect(((await waiting) as Error).message).to.equal("enough");
    open.close();
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
