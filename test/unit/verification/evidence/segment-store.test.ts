import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino, type Logger } from "pino";
import type { NodeStore } from "../../../../offchain/store/interface.ts";
import { openStore } from "../../../../offchain/store/sqlite.ts";
import { disputeId } from "../../../../offchain/verification/evidence/evidence.ts";
import { segmentDirectory, SegmentStore } from "../../../../offchain/verification/evidence/segment-store.ts";
import { receiptDigest, ZERO_HASH } from "../../../../offchain/verification/messages.ts";
import { segmentRoot } from "../../../../offchain/verification/root.ts";
import { DOMAIN, RECIPIENT } from "../../pm/world.ts";
import { expectCode } from "../../pm/coded.ts";
import { PARAMETERS_BYTES, PARTIES, rootsOf, workAt } from "./scene.ts";

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

  it("N3: leaves nothing behind of what it cannot write to its end", async () => {
    const { evidence, bytes, all } = await workAt(100);
    const [, , output] = rootsOf(evidence, bytes);
    // Where the last file would be written, something is in the way.
    const obstacle = join(segmentDirectory(directory), output!);
    await mkdir(join(obstacle, "in the way"), { recursive: true });
    const error = await store.keep(evidence, all).catch((thrown: Error) => thrown);
    expect(error).to.be.instanceOf(Error);
    await rm(obstacle, { recursive: true, force: true });
    expect(await files()).to.deep.equal([]);
    expect(store.held).to.equal(0);
    await store.keep(evidence, all);
    expect(await files()).to.have.length(3);
  });

  it("keeps nothing of a receipt that names no program", async () => {
    const { evidence, all } = await workAt(100);
    const receipt = { ...evidence.receipt.receipt, program: ZERO_HASH };
    await store.keep({ ...evidence, receipt: { ...evidence.receipt, receipt } }, all);
    expect(await files()).to.deep.equal([]);
  });

  it("drops what is older than asked, but for what others need or a dispute is about", async () => {
    const shared = randomBytes(1_000);
    const [first, second, third] = [await workAt(100), await workAt(200, shared), await workAt(300, shared)];
    for (const { evidence, all } of [first, second, third]) await store.keep(evidence, all);
    const id = disputeId(first.evidence, PARTIES.domain);
    rows.disputes.plan(id, aboutOf(first));
    await store.dropBefore(300);
    const kept = [...rootsOf(first.evidence, first.bytes), ...rootsOf(third.evidence, third.bytes)];
    expect(await files()).to.deep.equal([...new Set(kept)].sort());
    rows.disputes.close(id, "refuted");
    await store.dropBefore(301);
    expect(await files()).to.deep.equal([]);
    expect(store.held).to.equal(0);
    expect(warnings).to.deep.equal([]);
  });

  it("drops the oldest without a dispute, and warns, when it is full", async () => {
    rows.close();
    await open(2 * 1_500 + PARAMETERS_BYTES);
    const all = [await workAt(100), await workAt(200), await workAt(300), await workAt(400)] as const;
    rows.disputes.plan(disputeId(all[0].evidence, PARTIES.domain), aboutOf(all[0]));
    for (const work of all) await store.keep(work.evidence, work.all);
    const kept = [...rootsOf(all[0].evidence, all[0].bytes), ...rootsOf(all[3].evidence, all[3].bytes)];
    expect(await files()).to.deep.equal([...new Set(kept)].sort());
    expect(store.held).to.equal(2 * 1_500 + PARAMETERS_BYTES);
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
    expect(await files()).to.deep.equal(rootsOf(first.evidence, first.bytes).sort());
  });

  it("gives no bytes that are not those of the root", async () => {
    const { evidence, bytes, all } = await workAt(100);
    await store.keep(evidence, all);
    const [source] = rootsOf(evidence, bytes);
    await writeFile(join(segmentDirectory(directory), source!), randomBytes(1_000));
    await expectCode(store.read(source!, 1_000), "EvidenceInvalid");
    await rm(join(segmentDirectory(directory), source!));
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
    await writeFile(join(segmentDirectory(directory), `${ZERO_HASH}.part`), "half");
    await open();
    expect(await files()).to.deep.equal(rootsOf(evidence, bytes).sort());
  });
});
