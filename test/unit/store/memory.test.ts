import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { countOf, noPaces, type Pacing, withPace } from "../../../offchain/discovery/history/pace.ts";
import { Standings } from "../../../offchain/discovery/history/standings.ts";
import type { Offer } from "../../../offchain/discovery/offer.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { MIGRATIONS } from "../../../offchain/store/migrations.ts";
import { openStore, openStoreReader, storeFile } from "../../../offchain/store/sqlite.ts";
import { CELL, PARENT } from "../../fixtures/registry.ts";
import { SERVICE } from "../discovery/orchestrators.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { DOMAIN, SENDER } from "../pm/world.ts";

const HALF_LIFE = 1_000_000;

const OFFER: Offer = {
  orchestrator: "0x1",
  uri: "https://example.org/",
  stake: 2n ** 96n - 1n,
  regions: [CELL, PARENT],
  quoted: {
    price: { numerator: 2n ** 96n - 1n, denominator: 2n ** 64n - 1n },
    ...{ capacity: 7, validUntil: 1_700_000_060_000, responseMs: 3.25, at: 1_700_000_000_000 },
  },
  askedAt: 1_700_000_000_000,
  refusal: null,
  refusals: 0,
};
const SILENT: Offer = { ...OFFER, orchestrator: "0x2", regions: [], quoted: null, refusal: "PeerFailed", refusals: 3 };

describe("what a broadcaster remembers of orchestrators", () => {
  let directory: string;
  let store: NodeStore;
  const clock = new Clock__Fake();
  const open = () => openStore({ path: storeFile(directory), identity: { ...DOMAIN, address: SENDER } });
  const restart = () => {
    store.close();
    store = open();
  };
  const standings = (most = 10, pacing: Pacing = "live") =>
    new Standings({ pacing, halfLifeMs: HALF_LIFE, most }, { rows: store.standings, clock });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "streamflow-store-"));
    store = open();
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });

  it("are offers, as they were before the restart, by service", () => {
    store.offers.change(SERVICE, [
      { kind: "put", offer: OFFER, quote: "{}" },
      { kind: "put", offer: SILENT, quote: undefined },
    ]);
    restart();
    expect(store.offers.all(SERVICE)).to.have.deep.members([OFFER, SILENT]);
    expect(store.offers.all(`0x${"00".repeat(32)}`)).to.deep.equal([]);
    expect([store.offers.quote(SERVICE, "0x1"), store.offers.quote(SERVICE, "0x2")]).to.deep.equal(["{}", null]);
  });

  it("are offers, of which a later writing keeps the quote when there is no newer one, and which can go", () => {
    store.offers.change(SERVICE, [{ kind: "put", offer: OFFER, quote: "{}" }]);
    store.offers.change(SERVICE, [{ kind: "put", offer: { ...OFFER, stake: 1n }, quote: undefined }]);
    expect(store.offers.all(SERVICE)[0]?.stake).to.equal(1n);
    expect(store.offers.quote(SERVICE, "0x1")).to.equal("{}");
    store.offers.change(SERVICE, [{ kind: "drop", orchestrator: "0x1" }]);
    expect(store.offers.all(SERVICE)).to.deep.equal([]);
  });

  it("is how they worked, how long they are suspended and on probation: a restart is no amnesty", () => {
    const before = standings();
    before.succeeded("0x1", 0.5);
    before.late("0x1", 2);
    before.failed("0x1", "FaultFound");
    before.failed("0x2", "TicketParamsExpired");
    const known = before.get("0x1");
    restart();
    const after = standings();
    expect(after.get("0x1")).to.deep.equal(known);
    expect(known.suspendedUntil - clock.now()).to.equal(1_024_000);
    expect(known.probation).to.be.above(0);
    expect(store.standings.all().map(({ orchestrator }) => orchestrator)).to.deep.equal(["0x1"]);

    clock.advance(HALF_LIFE);
    expect(after.get("0x1").good).to.equal(0.5);
    expect(after.get("0x1").suspendedUntil, "does not fade").to.equal(known.suspendedUntil);
  });

  it("keeps times of live streams and of files apart, whichever was there last", () => {
    for (let i = 0; i < 20; i++) standings(10, "file").succeeded("0x1", 8);
    expect(countOf(standings().paces("0x1"))).to.equal(0);
    expect(standings().reputation("0x1").pace).to.equal(null);
    standings().succeeded("0x1", 0.5);
    restart();
    expect(standings().reputation("0x1").pace).to.be.within(0.45, 0.55);
    expect(countOf(standings(10, "file").paces("0x1"))).to.equal(20);
    expect(standings().get("0x1").good).to.equal(21);
  });

  it("takes times of before they were kept apart for those of files", () => {
    store.close();
    rmSync(storeFile(directory));
    const version = MIGRATIONS.findIndex((migration) => migration.includes("live_paces"));
    const older = new DatabaseSync(storeFile(directory));
    for (const migration of MIGRATIONS.slice(0, version)) older.exec(migration);
    older.exec(`PRAGMA user_version = ${version}`);
    const counts = new Uint8Array(withPace(noPaces(), 8).buffer);
    older.prepare("INSERT INTO standing VALUES ('0x1', 1, '{}', ?, 0, 0, 0, 0)").run(counts);
    older.close();
    store = open();
    expect(store.standings.all().map(({ paces }) => [countOf(paces.live), countOf(paces.file)])).to.deep.equal([
      [0, 1],
    ]);
  });

  it("N3: is bounded: those go that were not used for longest", () => {
    const few = standings(3);
    for (const [i, name] of ["0x1", "0x2", "0x3", "0x1", "0x4"].entries()) {
      clock.advance(1 + i);
      few.succeeded(name, 1);
    }
    const names = () => store.standings.all().map(({ orchestrator }) => orchestrator);
    expect(names()).to.have.members(["0x1", "0x3", "0x4"]);
    standings(1);
    expect(names()).to.deep.equal(["0x4"]);
  });

  it("can be read while the node has it, and not be changed", () => {
    store.offers.change(SERVICE, [{ kind: "put", offer: OFFER, quote: "{}" }]);
    standings().succeeded("0x1", 1);
    const reader = openStoreReader(storeFile(directory));
    try {
      expect(reader.offers.all(SERVICE)).to.deep.equal([OFFER]);
      expect(reader.standings.all().map(({ good }) => good)).to.deep.equal([1]);
      expect(() => reader.standings.trim(0)).to.throw(/readonly/);
      expect(() => reader.offers.change(SERVICE, [{ kind: "drop", orchestrator: "0x1" }])).to.throw(/readonly/);
    } finally {
      reader.close();
    }
  });
});
