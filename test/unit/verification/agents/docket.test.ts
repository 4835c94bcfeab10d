import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { pino } from "pino";
import { openStore } from "../../../../offchain/store/sqlite.ts";
import type { NodeStore } from "../../../../offchain/store/interface.ts";
import { Docket } from "../../../../offchain/verification/agents/docket.ts";
import { Defender } from "../../../../offchain/verification/agents/defender.ts";
import type { MadeClaim, Role } from "../../../../offchain/verification/agents/interface.ts";
import { Runs } from "../../../../offchain/verification/agents/runs.ts";
import { disputeId } from "../../../../offchain/verification/evidence/evidence.ts";
import { SegmentStore } from "../../../../offchain/verification/evidence/segment-store.ts";
import { DOMAIN, RECIPIENT } from "../../pm/world.ts";
import { PARTIES, rootsOf, workAt } from "../evidence/scene.ts";
import { Court__Fake } from "./Court__Fake.ts";

describe("what a node knows of disputes", () => {
  let directory: string;
  let store: NodeStore;
  let segments: SegmentStore;
  let court: Court__Fake;
  let logged: { level: number; code?: string }[];
  const log = pino(
    { level: "info" },
    { write: (line: string) => void logged.push(JSON.parse(line) as { level: number }) },
  );

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "streamflow-docket-"));
    store = openStore({ path: ":memory:", identity: { address: RECIPIENT, ...DOMAIN } });
    segments = await SegmentStore.open(
      { directory, domain: PARTIES.domain, maximumBytes: 1_000_000 },
      { rows: store.evidence, log },
    );
    court = new Court__Fake();
    logged = [];
  });
  afterEach(async () => {
    store.close();
    await rm(directory, { recursive: true });
  });

  const docketFor = (role: Role | null) =>
    new Docket({ domain: PARTIES.domain, roleIn: () => role }, { court, rows: store.disputes, segments, log });

  const claimOf = (id: string, openedAt = 10_000n): MadeClaim => ({
    id,
    claim: {
      ...{ service: ZeroHash, program: ZeroHash, listRoot: ZeroHash, orchestrator: RECIPIENT, challenger: RECIPIENT },
      ...{ faultRound: 1n, openedAt, clock: 100n, depth: 2n, gasPriceCap: 1n, slashFraction: 1n },
      ...{ bond: 2n ** 80n, defenceBond: 2n ** 80n },
    },
    list: [ZeroHash],
    block: 900,
  });

  it("begins where the oldest dispute can be, and reads the last blocks again", async () => {
    const docket = docketFor(null);
    await docket.read();
    court.number = 1_010;
    await docket.read();
    expect(court.asked).to.deep.equal([
      [436, 1_000],
      [937, 1_010],
    ]);
  });

  it("takes only what concerns it, the last claim of a challenge, and its games", async () => {
    court.events = { claims: [claimOf("0x01")], moves: [{ id: "0x01", defender: "0xd1", pick: 1, hashes: [] }] };
    await docketFor(null).read();
    expect(store.disputes.open()).to.deep.equal([]);
    await docketFor("defender").read();
    court.events = { claims: [claimOf("0x01", 10_001n)], moves: court.events.moves };
    await docketFor("defender").read();
    expect(store.disputes.open()).to.deep.equal([
      { id: "0x01", role: "defender", evidence: null, made: claimOf("0x01", 10_001n), defenders: ["0xd1"] },
    ]);
    store.disputes.close("0x01", "refuted");
    await docketFor("defender").read();
    expect(store.disputes.open()).to.deep.equal([]);
  });

  it("finds what it is about in what was kept, or later on the chain, and keeps the bytes while it is open", async () => {
    const [kept, shown, free] = [await workAt(9_000), await workAt(9_000), await workAt(9_000)];
    for (const { evidence, all } of [kept, free]) await segments.keep(evidence, all);
    const ids = [kept, shown].map(({ evidence }) => disputeId(evidence, PARTIES.domain));
    court.events = { claims: ids.map((id) => claimOf(id)), moves: [] };
    const evidenceOf = () => ids.map((id) => store.disputes.get(id)!.evidence?.receipt.signature ?? null);
    await docketFor("defender").read();
    expect(evidenceOf()).to.deep.equal([kept.evidence.receipt.signature, null]);
    court.evidence = shown.evidence;
    await docketFor("defender").read();
    expect(evidenceOf()).to.deep.equal([kept.evidence.receipt.signature, shown.evidence.receipt.signature]);
    const [source] = rootsOf(kept.evidence, kept.bytes);
    expect((await segments.read(source!, 1_000)).length).to.equal(1_000);
    expect(store.evidence.bytes(rootsOf(free.evidence, free.bytes)[0]!)).to.equal(null);
  });

  it("is complained about once by a defender that cannot act, with a code", async () => {
    const runs = new Runs({
      segments,
      source: null,
      programOf: () => null,
      start: () => expect.fail("nothing to run"),
    });
    const { evidence } = await workAt(10_000);
    const id = disputeId(evidence, PARTIES.domain);
    court.events = { claims: [claimOf(id)], moves: [] };
    const codes = async (maximumBond: bigint) => {
      logged = [];
      const modules = { court, rows: store.disputes, docket: docketFor("defender"), runs, log };
      const defender = new Defender({ maximumBond, patience: 0 }, modules);
      for (let blocks = 0; blocks < 3; blocks += 1) await defender.advance();
      return logged.filter(({ level }) => level >= 50).map(({ code }) => code);
    };
    expect(await codes(2n ** 80n)).to.deep.equal(["EvidenceMissing"]);
    court.evidence = evidence;
    expect(await codes(2n ** 80n - 1n)).to.deep.equal(["BondTooHigh"]);
    expect(await codes(2n ** 80n)).to.deep.equal(["ProgramUnknown"]);
    court.time = 10_101;
    expect(await codes(2n ** 80n)).to.deep.equal(["DefenceLate"]);
  });
});
