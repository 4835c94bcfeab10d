import { expect } from "chai";
import { decodeReport, judgeCase, pixelsProgram, pixelsStepBound } from "../../offchain/verification/pixels/judge.ts";
import { encodePixelsParameters, PIXELS_LIMITS } from "../../offchain/verification/pixels/parameters.ts";
import { thresholdsOf } from "../../offchain/verification/pixels/thresholds.ts";
import type { Case } from "../../offchain/vm/start.ts";
import { Random } from "../../sim/engine/random.ts";
import { NativeGuest } from "../fixtures/native.ts";
import { pack } from "../fixtures/pixels/frames.ts";
import { mutated } from "../fixtures/pixels/mutations.ts";
import { ANYTHING, scene } from "../unit/verification/pixels/scenes.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const NATIVE = 4_000;
const IN_MACHINE = 40;
/** Cases that are written before their answers are read. */
const BATCH = 50;
const VERDICTS = ["void", "pass", "fault"] as const;

/** Sizes of source and output, small ones so that a change is seldom lost in pictures. */
const SIZES = [
  [32, 32, 32, 32],
  [48, 36, 32, 18],
  [46, 38, 34, 22],
  [64, 48, 16, 16],
] as const;

describe("The pixels program with mutated segments", function () {
  this.timeout(TIME_LIMIT);

  const program = pixelsProgram();
  let native: NativeGuest | null;
  const seeds: Omit<Case, "program">[] = [];
  before(() => {
    native = NativeGuest.open("pixels");
    for (const [fromWidth, fromHeight, width, height] of SIZES) {
      const row = { ...ANYTHING, width, height };
      // Slopes that move: alike in every size.
      const smooth = (size: { width: number; height: number }, count: number) =>
        pack(scene(size, count, (at, picture) => 128 + 90 * Math.sin((9 * (at % size.width)) / size.width + picture)));
      const source = smooth({ width: fromWidth, height: fromHeight }, 4);
      for (const outputs of [
        [row, { ...row, pictureStep: 2 }],
        [
          { ...row, ...thresholdsOf(51) },
          { ...row, sampleStep: 2 },
        ],
      ]) {
        const parameters = Buffer.from(encodePixelsParameters({ ...PIXELS_LIMITS, outputs }));
        outputs.forEach(({ pictureStep }, outputIndex) => {
          const output = pictureStep === 1 ? smooth({ width, height }, 4) : pack(scene({ width, height }, 2));
          seeds.push({ parameters, source, output, outputIndex });
        });
      }
    }
  });
  after(() => native?.close());

  /** Mostly another output; now and then another source or other parameters. */
  function mutant(random: Random): Omit<Case, "program"> {
    const seed = random.pick(seeds);
    const what = random.chance(0.5) ? "output" : random.chance(0.5) ? "source" : "parameters";
    const kind = what === "parameters" ? "parameters" : "segment";
    return { ...seed, [what]: mutated(Buffer.from(seed[what]), kind, random) };
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
        expect(verdict === 2, "an output is at fault, a source is void").to.equal(report[1] === 2);
        findings.set(report[0]!, (findings.get(report[0]!) ?? 0) + 1);
        if (verdict === 1) passes += 1;
      }
    }
    expectOften(passes, NATIVE / 100, "mutants that still pass");
    expectOften(findings.size, 14, "different findings");
  });

  it("V2: ends in the machine as it does natively, within its step bound", async () => {
    const random = new Random(SEED, 1);
    const cases = Array.from({ length: runsOf(IN_MACHINE) }, () => mutant(random));
    const answers = await native?.judge(cases);
    for (const [i, judged] of cases.entries()) {
      const { verdict, steps, ...report } = judgeCase({ ...judged, program });
      const what = `PROPERTY_SEED=${SEED}, mutant ${i}`;
      expect(report.finding === null, what).to.equal(verdict === "pass");
      expect(BigInt(steps) < pixelsStepBound(judged.source.length, [judged.output.length]), what).to.equal(true);
      const theirs = answers?.[i];
      if (theirs === undefined) continue;
      expect(verdict, what).to.equal(VERDICTS[theirs.verdict]);
      expect(report, what).to.deep.equal(decodeReport(theirs.report, true));
    }
  });
});
