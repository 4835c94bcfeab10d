import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readEvidence, writeEvidence } from "../../../../offchain/verification/evidence/directory.ts";
import { expectCode } from "../../pm/coded.ts";
import { rootsOf, workAt } from "./scene.ts";

describe("evidence in a directory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "streamflow-evidence-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const expectInvalid = () => expectCode(readEvidence(directory), "EvidenceInvalid");

  it("is read as it was written", async () => {
    const { evidence, bytes } = await workAt(100);
    await writeEvidence(directory, evidence, bytes);
    const read = await readEvidence(directory);
    const { order, receipt, outputIndex } = read.evidence;
    expect({ order, receipt, outputIndex }).to.deep.equal({
      ...{ order: evidence.order, receipt: evidence.receipt, outputIndex: 0 },
    });
    expect(Buffer.from(read.evidence.parameters).equals(evidence.parameters)).to.equal(true);
    expect(Buffer.from(read.bytes.source).equals(bytes.source)).to.equal(true);
    expect(Buffer.from(read.bytes.output).equals(bytes.output)).to.equal(true);
  });

  it("is refused when something is missing, changed or no evidence", async () => {
    const { evidence, bytes } = await workAt(100);
    await expectInvalid();
    await writeEvidence(directory, evidence, bytes);
    const [source] = rootsOf(evidence, bytes);
    await writeFile(join(directory, source!), "something else");
    await expectInvalid();
    await writeEvidence(directory, evidence, bytes);
    const file = join(directory, "evidence.json");
    const json = await readFile(file, "utf8");
    await writeFile(file, json.replace('"outputIndex": 0', '"outputIndex": 1'));
    await expectInvalid();
    await writeFile(file, json.slice(1));
    await expectInvalid();
  });
});
