import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { network } from "hardhat";
import { structureCase, structureProgram } from "../../offchain/verification/structure/judge.ts";
import { structureParametersOf } from "../../offchain/verification/structure/parameters.ts";
import { startInterpreter, startTranslated } from "../../offchain/vm/interpreter.ts";
import { type Case, programTree, startMachine, startOf } from "../../offchain/vm/start.ts";
import { encodeState, stateHash, Status, Verdict } from "../../offchain/vm/state.ts";
import { Trace } from "../../offchain/vm/trace.ts";
import { Random } from "../../sim/engine/random.ts";
import type { MachineHarness } from "../../types/index.ts";
import { checksumCase } from "../fixtures/checksum.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { type Sample, samplesOf } from "../fixtures/structure/samples.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

/** {1} Of each run. */
const STEPS = 1_000;
/** {1} Most steps from one comparison of the fast engines to the next. */
const CHECKPOINT = 20_000;
/** Steps that one call of the contract executes. */
const BATCH = 150;
/** {bytes} A proof that has a leaf of the memory beside the instruction is longer. */
const INSTRUCTION_PROOF = 1_000;
const RENDITION = { name: "96p", shortSide: 96, encoder: "auditable", preset: "veryfast", crf: 28 } as const;

describe("the runs of guests over a real segment, in the contract", function () {
  this.timeout(TIME_LIMIT);
  let contract: MachineHarness;
  let sample: Sample;
  before(async () => {
    const { ethers } = await network.create();
    contract = await ethers.deployContract("MachineHarness");
    const directory = await mkdtemp(join(tmpdir(), "streamflow-guests-"));
    const file = await makeClip({ seconds: 1, size: "160x96", rate: 25, file: join(directory, "clip.mp4") });
    for await (const cut of samplesOf(await testRunner(), file, () => [RENDITION], { most: 1 })) sample = cut;
    await rm(directory, { recursive: true });
  });

  const guests: readonly [string, () => Case][] = [
    ["checksum", () => checksumCase(sample.source, sample.outputs[0]!)],
    [
      "structure",
      () =>
        structureCase(structureProgram(), {
          parameters: structureParametersOf(sample.renditions),
          source: sample.source,
          output: sample.outputs[0]!,
          outputIndex: 0,
        }),
    ],
  ];
  for (const [name, judgedOf] of guests) {
    it(`V3: has the successors of the ${name} guest's run at steps from its first to its last`, async () => {
      const judged = judgedOf();
      const program = programTree(judged.program).root();
      const trace = new Trace(startOf(judged));
      const end = trace.witnessAt(2n ** 62n).state;
      expect(end.verdict, "the work was good").to.equal(Verdict.pass);
      const steps = sampled(end.step, runsOf(STEPS));
      let withMemory = 0;
      for (let i = 0; i < steps.length; i += BATCH) {
        const batch = steps.slice(i, i + BATCH);
        const cases = batch.map((step) => {
          const { state, proof } = trace.witnessAt(step);
          if (proof.length > INSTRUCTION_PROOF) withMemory += 1;
          return { program, state: encodeState(state), proof };
        });
        const next = await contract.stepEach(cases, { gasLimit: 2n ** 24n });
        expect([...next], `steps from ${batch[0]}`).to.deep.equal(trace.hashesAt(batch.map((step) => step + 1n)));
      }
      expectOften(steps.length, STEPS, "steps");
      expectOften(withMemory, STEPS / 10, "loads and stores");
    });

    it(`V3: has in its translation the interpreter's state at every checkpoint of the ${name} guest's run, and the reference's at its end`, () => {
      const start = startOf(judgedOf());
      const [translated, interpreted] = [startTranslated(start), startInterpreter(start)];
      const random = new Random(SEED, 1);
      let checkpoints = 0;
      while (interpreted.status === Status.running) {
        // Lengths that end within blocks, loops and calls.
        const steps = Math.ceil(random.fraction() ** 2 * CHECKPOINT);
        expect(translated.run(steps)).to.equal(interpreted.run(steps));
        checkpoints += 1;
        expect(stateHash(translated.state()), `checkpoint ${checkpoints}`).to.equal(stateHash(interpreted.state()));
      }
      expectOften(checkpoints, 10, "checkpoints");
      const reference = startMachine(start);
      while (reference.status === Status.running) reference.step();
      expect(stateHash(translated.state())).to.equal(stateHash(reference.state()));
    });
  }
});

/** One step of each of `count` equal parts of a run, the first and the last one among them. */
function sampled(length: bigint, count: number): bigint[] {
  const random = new Random(SEED, 0);
  const part = Number(length) / count;
  const inner = Array.from({ length: count }, (_, i) => BigInt(Math.floor((i + random.fraction()) * part)));
  return [0n, ...inner.slice(1, -1), length - 1n];
}
