import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  decodeReport,
  judgeCase,
  structureProgram,
  structureStepBound,
} from "../../offchain/verification/structure/judge.ts";
import { encodeStructureParameters, structureParametersOf } from "../../offchain/verification/structure/parameters.ts";
import type { Case } from "../../offchain/vm/start.ts";
import { Random } from "../../sim/engine/random.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { NativeGuest } from "../fixtures/native.ts";
import { mutated } from "../fixtures/structure/mutations.ts";
import { samplesOf } from "../fixtures/structure/samples.ts";
import { PARAMETERS, stream } from "../unit/verification/structure/streams.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const NATIVE = 4_000;
const IN_MACHINE = 40;
/** Cases that are written before their answers are read. */
const BATCH = 50;
const VERDICTS = ["void", "pass", "fault"] as const;

describe("The structure program with mutated segments", function () {
  this.timeout(TIME_LIMIT);

  const program = structureProgram();
  let native: NativeGuest | null;
  /** Small ones, so that a change is seldom lost in pictures. */
  const seeds: Omit<Case, "program">[] = [];
  before(async () => {
    native = NativeGuest.open("structure");
    const parameters = Buffer.from(encodeStructureParameters(PARAMETERS));
    seeds.push({ parameters, source: stream(), output: stream(), outputIndex: 0 });
    const directory = await mkdtemp(join(tmpdir(), "streamflow-structure-"));
    const path = await makeClip({ seconds: 1, size: "64x48", rate: 12, file: join(directory, "tiny.mp4") });
    const profiles = (["ultrafast", "medium"] as const).map((preset) => {
      return { name: preset, shortSide: 32, encoder: "auditable" as const, preset, crf: 51 };
    });
    for await (const { source, renditions, outputs } of samplesOf(await testRunner(), path, () => profiles, {
      most: 1,
    })) {
      const parameters = Buffer.from(encodeStructureParameters(structureParametersOf(renditions)));
      outputs.forEach((output, outputIndex) => seeds.push({ parameters, source, output, outputIndex }));
    }
    await rm(directory, { recursive: true });
  });
  after(() => native?.close());

  /** Mostly another output; now and then another source or other parameters. */
  function mutant(random: Random): Omit<Case, "program"> {
    const seed = random.pick(seeds);
    const what = random.chance(0.7) ? "output" : random.chance(0.8) ? "source" : "parameters";
    return { ...seed, [what]: mutated(Buffer.from(seed[what]), random) };
  }

  it("V2: ends with a verdict natively, without anything that C does not define", async function () {
    if (native === null) this.skip();
    const random = new Random(SEED, 0);
    const findings = new Map<number, number>();
    let passes = 0;
    for (let left = runsOf(NATIVE); left > 0; left -= BATCH) {
      const answers = await native.judge(Array.from({ length: BATCH }, () => mutant(random)));
      for (const { verdict, report } of answers) {
        expect(verdict).to.be.within(0, 2);
        expect(verdict === 1, "a pass has no finding, all else has one").to.equal(report[0] === 0);
        findings.set(report[0]!, (findings.get(report[0]!) ?? 0) + 1);
        if (verdict === 1) passes += 1;
      }
    }
    expectOften(passes, NATIVE / 100, "mutants that still pass");
    expectOften(findings.size, 25, "different findings");
  });

  it("V2: ends in the machine as it does natively, within its step bound", async () => {
    const random = new Random(SEED, 1);
    const cases = Array.from({ length: runsOf(IN_MACHINE) }, () => mutant(random));
    const answers = await native?.judge(cases);
    for (const [i, judged] of cases.entries()) {
      const { verdict, steps, ...report } = judgeCase({ ...judged, program });
      const what = `PROPERTY_SEED=${SEED}, mutant ${i}`;
      expect(report.finding === null, what).to.equal(verdict === "pass");
      expect(BigInt(steps) < structureStepBound(judged.source.length, [judged.output.length]), what).to.equal(true);
      const theirs = answers?.[i];
      if (theirs === undefined) continue;
      expect(verdict, what).to.equal(VERDICTS[theirs.verdict]);
      expect(report, what).to.deep.equal(decodeReport(theirs.report, true));
    }
  });
});
