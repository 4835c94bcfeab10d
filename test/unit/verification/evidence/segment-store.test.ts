import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { pino, type Logger } from "pino";
import type { EvidenceRows } from "../../../../offchain/verification/evidence/interface.ts";
import type { NodeStore } from "../../../../offchain/store/interface.ts";
import { MIGRATIONS } from "../../../../offchain/store/migrations.ts";
import { openStore } from "../../../../offchain/store/sqlite.ts";
import { disputeId } from "../../../../offchain/verification/evidence/evidence.ts";
import { segmentDirectory, SegmentStore } from "../../../../offchain/verification/evidence/segment-store.ts";
import { receiptDigest, receiptToWire, segmentToWire, ZERO_HASH } from "../../../../offchain/verification/messages.ts";
import { segmentRoot } from "../../../../offchain/verification/root.ts";
import { DOMAIN, RECIPIENT } from "../../pm/world.ts";
import { expectCode } from "../../pm/coded.ts";
import { PARAMETERS_BYTES, PARTIES, rootsOf, workAt } from "./scene.ts";

/** {bytes} Of what is kept of one piece of work. */
const WORK_BYTES = 1_500 + PARAMETERS_BYTES;

/** Has no room for another row. */
class EvidenceRows__Full implements EvidenceRows {
  readonly #rows: EvidenceRows;

  constructor(rows: EvidenceRows) {
    this.#rows = rows;
  }

  add(): void {
    throw Object.assign(new Error("no space is left"), { code: "ENOSPC" });
  }

  bytes = (root: string) => this.#rows.bytes(root);
  files = () => this.#rows.files();
  rootsOf = (digest: string) => this.#rows.rootsOf(digest);
  digests = () => this.#rows.digests();
  work = (digest: string) => this.#rows.work(digest);
  oldest = () => this.#rows.oldest();
  drop = (digest: string) => this.#rows.drop(digest);
}

describe("the store for segments", () => {
  let directory: string;
  let rows: NodeStore;
  let store: SegmentStore;
  let warnings: { code?: string; receipt?: string }[];

  const log: Logger = pino(
    { level: "warn" },
    { write: (line: string) => void warnings.push(JSON.parse(line) as { code?: string }) },
  );
  const open = async (maximumBytes = 1_000_000) => {
    rows = openStore({ path: join(directory, "node.sqlite"), identity: { address: RECIPIENT, ...DOMAIN } });
    store = await SegmentStore.open(
      { directory: segmentDirectory(directory), domain: PARTIES.domain, maximumBytes },
      { rows: rows.evidence, log },
    );
  };
  const files = async () => (await readdir(segmentDirectory(directory))).sort();
  /** The digests of the work whose files are there. */
  const works = async () => (await files()).map((name) => name.split("-", 1)[0]);
  /** The one file of the only work. */
  const onlyFile = async () => join(segmentDirectory(directory), (await files())[0]!);
  const digestOf = (work: Awaited<ReturnType<typeof workAt>>) =>
    receiptDigest(work.evidence.receipt.receipt, PARTIES.domain);
  const aboutOf = (work: Awaited<ReturnType<typeof workAt>>) => ({ digest: digestOf(work), evidence: work.evidence });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "streamflow-segments-"));
    warnings = [];
    await open();
  });
  afterEach(async () => {
    rows.close();
    await rm(directory, { recursive: true });
  });

  it("keeps what it is given across a restart, and finds it by the challenge", async () => {
    const { evidence, bytes, all } = await workAt(100);
    await store.keep(evidence, all);
    rows.close();
    await open();
    const [source, parameters, output] = rootsOf(evidence, bytes);
    expect(Buffer.from(await store.read(source!, 1_000)).equals(bytes.source)).to.equal(true);
    expect(Buffer.from(await store.read(output!, 500)).equals(bytes.output)).to.equal(true);
    expect(Buffer.from(await store.read(parameters!, null)).equals(evidence.parameters)).to.equal(true);
    expect(store.held).to.equal(1_500 + PARAMETERS_BYTES);
    const { order, receipt, outputIndex } = evidence;
    expect(store.find(disputeId(evidence, PARTIES.domain))).to.deep.equal({ order, receipt, outputIndex });
    expect(store.find(ZERO_HASH)).to.equal(null);
  });

  it("writes all of a piece of work into one file", async () => {
    const { evidence, bytes, all } = await workAt(100);
    await store.keep(evidence, all);
    const parts = [bytes.source, evidence.parameters, bytes.output].map((part) => Buffer.from(part));
    expect((await readFile(await onlyFile())).equals(Buffer.concat(parts))).to.equal(true);
    await store.keep(evidence, all);
    expect(await files()).to.have.length(1);
  });

  it("adds to work what comes later, and drops it together", async () => {
    const { evidence, bytes } = await workAt(100);
    const [source, parameters, output] = rootsOf(evidence, bytes);
    const named = { source: { root: source!, region: "segment" as const, bytes: bytes.source } };
    await store.add(evidence, [named.source]);
    await store.add(evidence, [named.source, { root: output!, region: "segment", bytes: bytes.output }]);
    expect(await files()).to.have.length(2);
    expect(store.held).to.equal(1_500);
    expect(Buffer.from(await store.read(output!, 500)).equals(bytes.output)).to.equal(true);
    await expectCode(store.read(parameters!, null), "SegmentNotFound");
    await store.dropBefore(101);
    expect(await files()).to.deep.equal([]);
    expect(store.held).to.equal(0);
  });

  it("N3: leaves nothing behind of what it cannot write to its end", async () => {
    const { evidence, all } = await workAt(100);
    // The file is written, its rows are not.
    const broken = await SegmentStore.open(
      { directory: segmentDirectory(directory), domain: PARTIES.domain, maximumBytes: 1_000_000 },
      { rows: new EvidenceRows__Full(rows.evidence), log },
    );
    const before = await files();
    await expectCode(broken.keep(evidence, all), "SegmentStoreFull");
    expect(await files()).to.deep.equal(before);
    expect(broken.held).to.equal(0);
    await store.keep(evidence, all);
    expect(await files()).to.have.length(1);
  });

  it("keeps nothing of a receipt that names no program", async () => {
    const { evidence, all } = await workAt(100);
    const receipt = { ...evidence.receipt.receipt, program: ZERO_HASH };
    await store.keep({ ...evidence, receipt: { ...evidence.receipt, receipt } }, all);
    expect(await files()).to.deep.equal([]);
  });

  it("drops what is older than asked, but for what a dispute is about", async () => {
    const shared = randomBytes(1_000);
    const [first, second, third] = [await workAt(100), await workAt(200, shared), await workAt(300, shared)];
    for (const { evidence, all } of [first, second, third]) await store.keep(evidence, all);
    const id = disputeId(first.evidence, PARTIES.domain);
    rows.disputes.plan(id, aboutOf(first));
    await store.dropBefore(300);
    expect(await works()).to.deep.equal([digestOf(first), digestOf(third)].sort());
    // The second had the same source.
    expect(Buffer.from(await store.read(segmentRoot(shared), 1_000)).equals(shared)).to.equal(true);
    rows.disputes.close(id, "refuted");
    await store.dropBefore(301);
    expect(await files()).to.deep.equal([]);
    expect(store.held).to.equal(0);
    expect(warnings).to.deep.equal([]);
  });

  it("drops the oldest without a dispute, and warns, when it is full", async () => {
    rows.close();
    await open(2 * WORK_BYTES);
    const all = [await workAt(100), await workAt(200), await workAt(300), await workAt(400)] as const;
    rows.disputes.plan(disputeId(all[0].evidence, PARTIES.domain), aboutOf(all[0]));
    for (const work of all) await store.keep(work.evidence, work.all);
    expect(await works()).to.deep.equal([digestOf(all[0]), digestOf(all[3])].sort());
    expect(store.held).to.equal(2 * WORK_BYTES);
    expect(warnings.map(({ code, receipt }) => [code, receipt])).to.deep.equal([
      ["SegmentStoreFull", digestOf(all[1])],
      ["SegmentStoreFull", digestOf(all[2])],
    ]);
  });

  it("refuses what it has no room for, and keeps what it has", async () => {
    rows.close();
    await open(2_000);
    const [first, second] = [await workAt(100), await workAt(200)];
    await store.keep(first.evidence, first.all);
    rows.disputes.plan(disputeId(first.evidence, PARTIES.domain), aboutOf(first));
    await expectCode(store.keep(second.evidence, second.all), "SegmentStoreFull");
    expect(await works()).to.deep.equal([digestOf(first)]);
  });

  it("gives no bytes that are not those of the root", async () => {
    const { evidence, bytes, all } = await workAt(100);
    await store.keep(evidence, all);
    const [source, , output] = rootsOf(evidence, bytes);
    const file = await onlyFile();
    await truncate(file, WORK_BYTES - 1);
    expect((await store.read(source!, 1_000)).length).to.equal(1_000);
    await expectCode(store.read(output!, 500), "EvidenceInvalid");
    await writeFile(file, randomBytes(WORK_BYTES));
    await expectCode(store.read(source!, 1_000), "EvidenceInvalid");
    await rm(file);
    await expectCode(store.read(source!, 1_000), "SegmentNotFound");
    await expectCode(store.read(ZERO_HASH, null), "SegmentNotFound");
  });

  it("gives as many bytes as were signed, when the others are zeros", async () => {
    const longer = Buffer.concat([randomBytes(10), Buffer.alloc(10)]);
    const { evidence, all } = await workAt(100, longer);
    await store.keep(evidence, all);
    const root = segmentRoot(longer);
    for (const length of [10, 15, 20, 30]) expect((await store.read(root, length)).length).to.equal(length);
    await expectCode(store.read(root, 9), "EvidenceInvalid");
  });

  it("sweeps what a process left behind that was killed while it wrote", async () => {
    const { evidence, bytes, all } = await workAt(100);
    await store.keep(evidence, all);
    rows.close();
    await writeFile(join(segmentDirectory(directory), `${ZERO_HASH}-0011223344556677`), "half");
    await open();
    expect(await works()).to.deep.equal([receiptDigest(evidence.receipt.receipt, PARTIES.domain)]);
    expect(Buffer.from(await store.read(rootsOf(evidence, bytes)[0]!, 1_000)).equals(bytes.source)).to.equal(true);
  });

  it("goes on with what an earlier version has kept, in a file for each root", async () => {
    rows.close();
    const [first, second] = [await workAt(100), await workAt(200)];
    await rm(join(directory, "node.sqlite"));
    const db = new DatabaseSync(join(directory, "node.sqlite"));
    for (const migration of MIGRATIONS.slice(0, 3)) db.exec(migration);
    db.exec("PRAGMA user_version = 3");
    for (const work of [first, second]) {
      const { order, receipt, parameters } = work.evidence;
      db.prepare("INSERT INTO work VALUES (?, ?, ?, ?)").run(
        digestOf(work),
        JSON.stringify(segmentToWire(order)),
        JSON.stringify(receiptToWire(receipt)),
        receipt.receipt.timestamp,
      );
      const [source, shared, output] = rootsOf(work.evidence, work.bytes);
      const files = { [source!]: work.bytes.source, [shared!]: parameters, [output!]: work.bytes.output };
      for (const [root, bytes] of Object.entries(files)) {
        const region = root === shared ? "parameters" : "segment";
        db.prepare("INSERT INTO segment VALUES (?, ?, ?) ON CONFLICT DO NOTHING").run(root, region, bytes.length);
        db.prepare("INSERT INTO work_segment VALUES (?, ?)").run(digestOf(work), root);
        await writeFile(join(segmentDirectory(directory), root), bytes);
      }
    }
    db.close();
    await open();
    expect(await files()).to.have.length(5);
    expect(store.held).to.equal(3_000 + PARAMETERS_BYTES);
    for (const [index, root] of rootsOf(first.evidence, first.bytes).entries())
      expect((await store.read(root, null)).length).to.equal([1_000, PARAMETERS_BYTES, 500][index]);
    await store.dropBefore(200);
    // The parameters are the second's, too.
    expect(await files()).to.deep.equal([...rootsOf(second.evidence, second.bytes)].sort());
    await store.dropBefore(201);
    expect(await files()).to.deep.equal([]);
    expect(store.held).to.equal(0);
  });
});
