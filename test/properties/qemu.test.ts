import { expect } from "chai";
import { ROM_END } from "../../offchain/vm/layout.ts";
import { type StructureCase, structureCase, structureProgram } from "../../offchain/verification/structure/judge.ts";
import { type Case, type Start, startMachine, startOf } from "../../offchain/vm/start.ts";
import { Status, Verdict } from "../../offchain/vm/state.ts";
import { Random } from "../../sim/engine/random.ts";
import { checksumCase, parcel, words } from "../fixtures/checksum.ts";
import { hasQemu, traceOf } from "../fixtures/qemu.ts";
import { randomProgram } from "../fixtures/random-program.ts";
import { PARAMETERS, stream } from "../unit/verification/structure/streams.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

const PROGRAMS = 80;
const STEPS = 200_000;
const NOTHING = { parameters: new Uint8Array(0), source: new Uint8Array(0), output: new Uint8Array(0), outputIndex: 0 };

describe("The machine beside QEMU", function () {
  this.timeout(TIME_LIMIT);

  before(function () {
    if (!hasQemu) this.skip();
  });

  it("V3: has the same registers before every instruction of random programs, and ends or traps with it", function () {
    let [steps, traps] = [0, 0];
    for (let i = 0; i < runsOf(PROGRAMS); i += 1) {
      const { rom: program, x } = randomProgram(new Random(SEED + i, 0));
      const start = startOf({ ...NOTHING, program });
      const ended = together({ ...start, registers: { ...start.registers, x } }, `PROPERTY_SEED=${SEED}, program ${i}`);
      steps += ended.steps;
      if (ended.status === Status.trapped) traps += 1;
    }
    expectOften(steps, STEPS, "steps");
    expectOften(traps, PROGRAMS / 2, "programs that trap");
  });

  it("V3: has the same registers before every instruction of the checksum guest, whatever its verdict", function () {
    const random = new Random(SEED, 0);
    const data = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random.fraction() * 256));
    const passes = checksumCase(data(1_000), data(1_500));
    const runs: [string, Case, { status: number; verdict: number }][] = [
      ["right", passes, { status: Status.halted, verdict: Verdict.pass }],
      ["another source", { ...passes, source: parcel(data(300)) }, { status: Status.halted, verdict: Verdict.void }],
      ["another output", { ...passes, output: parcel(data(300)) }, { status: Status.halted, verdict: Verdict.fault }],
      ["a source that traps", { ...passes, source: words(2 ** 31) }, { status: Status.trapped, verdict: Verdict.void }],
      [
        "an output that traps",
        { ...passes, output: words(2 ** 31) },
        { status: Status.trapped, verdict: Verdict.fault },
      ],
      ["no such output", { ...passes, outputIndex: 3 }, { status: Status.halted, verdict: Verdict.void }],
    ];
    for (const [name, judged, expected] of runs) {
      const { status, verdict } = together(startOf(judged), name);
      expect({ status, verdict }, name).to.deep.equal(expected);
    }
  });

  it("V3: has the same registers before every instruction of the structure guest, whatever its verdict", function () {
    const program = structureProgram();
    const source = stream();
    const runs: [string, StructureCase, number][] = [
      ["the source itself", { parameters: PARAMETERS, source, output: source, outputIndex: 0 }, Verdict.pass],
      ["a picture is missing", { parameters: PARAMETERS, source, output: stream(7), outputIndex: 0 }, Verdict.fault],
      ["no source", { parameters: PARAMETERS, source: stream(0), output: source, outputIndex: 0 }, Verdict.void],
    ];
    for (const [name, judged, verdict] of runs) {
      expect(together(startOf(structureCase(program, judged)), name), name).to.include({
        status: Status.halted,
        verdict,
      });
    }
  });
});

/** Runs both to their end. */
function together(start: Start, name: string): { steps: number; status: number; verdict: number } {
  const machine = startMachine(start);
  const trace = traceOf(start);
  for (let step = 0; step < trace.length; step += 1) {
    const theirs = trace.before(step);
    const isSame = theirs[0] === machine.pc && theirs.every((value, i) => i === 0 || value === machine.x[i - 1]! >>> 0);
    // The comparison that tells what differs takes long.
    if (!isSame || machine.status !== Status.running) {
      const ours = [machine.pc, ...machine.x].map((value) => value >>> 0);
      expect({ status: machine.status, registers: ours }, `${name}, step ${step}`).to.deep.equal({
        status: Status.running,
        registers: theirs,
      });
    }
    machine.step();
  }
  // QEMU does not write down an instruction that it could not fetch.
  if (machine.pc >= ROM_END) machine.step();
  const { status, verdict } = machine.state();
  expect(status, `${name}: end`).to.equal(trace.exitCode === null ? Status.trapped : Status.halted);
  if (trace.exitCode !== null) expect(verdict & 0xff, `${name}: verdict`).to.equal(trace.exitCode);
  return { steps: trace.length, status, verdict };
}
