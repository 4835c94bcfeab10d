import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { fitLadder } from "../../../offchain/media/ladder.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import type { Rendition } from "../../../offchain/media/interface.ts";
import { audit, type Published } from "../../../tasks/bench/failures/audit.ts";
import type { Sent } from "../../../tasks/bench/failures/encoder.ts";
import { digestOf, smallMaterial } from "../../../tasks/bench/failures/source.ts";
import { testRunner } from "../../fixtures/clips.ts";

const COUNT = 4;

describe("the audit of what was published", () => {
  let sent: Sent[];
  let source: Buffer[];
  let outputs: Buffer[];
  let asked: Rendition;

  before(async () => {
    const dir = await mkdtemp(join(tmpdir(), "streamflow-audit-"));
    try {
      const runner = await testRunner();
      const material = smallMaterial(runner, dir);
      [sent, source, outputs] = [[], [], []];
      for await (const { bytes, digest, info } of material.segments(COUNT)) {
        [asked] = fitLadder(material.ladder, info.video) as [Rendition];
        sent.push({
          number: sent.length,
          digest,
          info,
          kind: sent.length < 2 ? "a" : "b",
          tookMs: 1,
          isAnswered: true,
        });
        source.push(bytes);
        const [output] = await transcode(runner, bytes, [asked], { timeoutMs: 10_000 });
        outputs.push(output!.bytes);
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  const look = (published: Published, renditions: Published, genuine = outputs) => {
    const digests = new Set(genuine.map(digestOf));
    const found = audit(sent, published, new Map([[asked.name, { asked, published: renditions }]]), (digest) =>
      digests.has(digest),
    );
    return { a: found.counts.get("a"), b: found.counts.get("b"), findings: found.findings };
  };
  const GOOD = { sent: 2, delivered: 2, sourceOnly: 0, gap: 0, outOfOrder: 0, duplicated: 0, bad: 0 };
  const swapped = <T>(items: readonly T[]): T[] => [items[0]!, items[2]!, items[1]!, items[3]!];

  it("finds nothing where all is well", () => {
    expect(look(source, outputs)).to.deep.equal({ a: GOOD, b: GOOD, findings: [] });
  });

  it("tells what has only its source from what is not there at all, by the fault that was in force", () => {
    const found = look([...source.slice(0, 3), null], [outputs[0]!, null, outputs[2]!, outputs[3]!]);
    expect(found.a).to.deep.equal({ ...GOOD, delivered: 1, sourceOnly: 1 });
    expect(found.b).to.deep.equal({ ...GOOD, delivered: 1, gap: 1 });
  });

  it("finds what stands in the wrong place", () => {
    const found = look(swapped(source), swapped(outputs));
    expect([found.a?.outOfOrder, found.b?.outOfOrder]).to.deep.equal([1, 0]);
  });

  it("finds what is there twice, and what came in its place", () => {
    const found = look([source[0]!, source[0]!, source[2]!, source[3]!], outputs);
    expect([found.a?.duplicated, found.a?.gap]).to.deep.equal([1, 1]);
  });

  it("finds a rendition of another segment, one that is cut off, and one that nobody has sent", () => {
    expect(look(source, swapped(outputs)).findings).to.have.length(2);
    const cut = outputs[3]!.subarray(0, 376);
    expect(look(source, [...outputs.slice(0, 3), cut], [...outputs, cut]).b?.bad).to.equal(1);
    expect(look(source, outputs, outputs.slice(1)).a?.bad).to.equal(1);
  });

  it("finds a source that was changed", () => {
    const changed = Buffer.from(source[1]!);
    changed[changed.length - 1]! ^= 1;
    expect(look([source[0]!, changed, source[2]!, source[3]!], outputs).a).to.include({ bad: 1, gap: 1 });
  });
});
