import { expect } from "chai";
import fc from "fast-check";
import { startWorkload } from "../../../tasks/bench/vm/workload.ts";
import { startInterpreter } from "../../../offchain/vm/interpreter.ts";
import { HEAP, ROM_HEIGHT } from "../../../offchain/vm/layout.ts";
import { Machine } from "../../../offchain/vm/machine.ts";
import { Memory } from "../../../offchain/vm/memory.ts";
import { PAGE_BYTES } from "../../../offchain/vm/paged-memory.ts";
import { type Start, startOf } from "../../../offchain/vm/start.ts";
import { stateHash, Status } from "../../../offchain/vm/state.ts";
import { Trace, type Witness } from "../../../offchain/vm/trace.ts";
import { ProvenMemory } from "./proven-memory.ts";

const INSTRUCTION_PROOF = 576;
const RUN = 2_000_000;
const NOTHING = new Uint8Array(0);

/** Hashes of the states after these steps, which rise, from the start on and without checkpoints. */
function hashesWithoutTrace(start: Start, steps: readonly number[]): string[] {
  const machine = startInterpreter(start);
  return steps.map((step, i) => {
    machine.run(step - (steps[i - 1] ?? 0));
    return stateHash(machine.state());
  });
}

/** What the contract does with a witness: checks the proof and executes. Returns the hash of the successor. */
function judge(program: Uint8Array, { state, proof }: Witness): string {
  const rom = new Memory(ROM_HEIGHT);
  rom.write(0, program);
  const proven = new ProvenMemory(rom.root(), proof.subarray(0, INSTRUCTION_PROOF));
  const machine = new Machine(proven, new ProvenMemory(state.memoryRoot, proof.subarray(INSTRUCTION_PROOF)), state);
  machine.step();
  return stateHash(machine.state());
}

/** Increments a word in each page of the heap's first four, again and again, then halts. */
function startHalting(): Start {
  const words = [
    0x0200_0537, // lui a0, HEAP
    0x0000_15b7, // lui a1, 1 (a page)
    0x3e80_0613, // li a2, 1000
    // again:
    0x0005_2683, // lw a3, 0(a0)
    0x0016_8693, // addi a3, a3, 1
    0x00d5_2023, // sw a3, 0(a0)
    0x00b5_4533, // xor a0, a0, a1
    0xfff6_0613, // addi a2, a2, -1
    0xfe06_16e3, // bnez a2, again
    0x05d0_0893, // li a7, 93 (exit)
    0x0000_0073, // ecall
  ];
  const program = new Uint8Array(Int32Array.from(words).buffer);
  return startOf({ program, parameters: NOTHING, source: NOTHING, output: NOTHING, outputIndex: 0 });
}
/** Steps until it has halted. */
const HALTED = 3 + 6 * 1_000 + 2;

describe("a trace", function () {
  const start = startWorkload(65_536);

  it("tells the same hashes in any order, from as little memory as it is given", () => {
    const steps = Array.from({ length: 33 }, (_, i) => Math.floor((i * RUN) / 32));
    const expected = hashesWithoutTrace(start, steps);
    expect(new Set(expected).size).to.equal(steps.length);
    for (const [maxBytes, spacing] of [
      [0, 70_000n],
      [12 * PAGE_BYTES, 2n ** 62n],
      [40 * PAGE_BYTES, 70_000n],
      [2 ** 28, 70_000n],
    ] as const) {
      const trace = new Trace(start, maxBytes, spacing);
      fc.assert(
        fc.property(fc.array(fc.nat(32), { minLength: 1, maxLength: 6 }), (asked) => {
          expect(trace.hashesAt(asked.map((i) => BigInt(steps[i]!)))).to.deep.equal(asked.map((i) => expected[i]));
          expect(trace.checkpointBytes).to.be.at.most(Math.max(maxBytes, PAGE_BYTES));
        }),
        { numRuns: 30, seed: 1, endOnFailure: true },
      );
    }
  });

  it("does not execute again what it has passed on the way to the end", () => {
    const [most, spacing] = [HALTED + 100, 16];
    const trace = new Trace(startHalting(), 2 ** 28, BigInt(spacing));
    trace.witnessAt(2n ** 60n);
    expect(trace.executed).to.equal(HALTED);
    const steps = Array.from({ length: Math.ceil(most / spacing) }, (_, i) => BigInt(i * spacing));
    trace.hashesAt(steps);
    expect(trace.executed).to.equal(HALTED + (HALTED % spacing));
  });

  it("gives a witness of any step that the contract's rules accept, and that leads to the next state", () => {
    const trace = new Trace(start);
    const kinds = new Set<number>();
    fc.assert(
      fc.property(fc.nat(RUN), (step) => {
        const witness = trace.witnessAt(BigInt(step));
        const [before, after] = trace.hashesAt([BigInt(step), BigInt(step) + 1n]);
        expect(stateHash(witness.state)).to.equal(before);
        expect(judge(start.program, witness)).to.equal(after);
        kinds.add(witness.proof.length);
      }),
      { numRuns: 60, seed: 2, endOnFailure: true },
    );
    expect([...kinds].sort()).to.deep.equal([1376, 576]);
  });

  it("narrows a run to one step in rounds of 16", () => {
    const trace = new Trace(start);
    let [from, length] = [0n, 2n ** 20n];
    // The parties part at a step that only this test knows.
    const fault = 765_432n;
    while (length > 1n) {
      const part = length / 16n;
      const steps = Array.from({ length: 17 }, (_, i) => from + BigInt(i) * part);
      expect(trace.hashesAt(steps)).to.have.length(17);
      from = steps.findLast((step) => step <= fault)!;
      length = part;
    }
    expect(from).to.equal(fault);
    const [after] = new Trace(start).hashesAt([fault + 1n]);
    expect(judge(start.program, trace.witnessAt(fault))).to.equal(after);
  });

  it("stays where the machine halted, and goes back behind it", () => {
    const halting = startHalting();
    const [last, halted] = hashesWithoutTrace(halting, [HALTED - 1, HALTED]);
    const trace = new Trace(halting);
    const steps = [2n ** 64n, BigInt(HALTED), BigInt(HALTED - 1), BigInt(HALTED + 5), 2n ** 64n];
    expect(trace.hashesAt(steps)).to.deep.equal([halted, halted, last, halted, halted]);

    const { state, proof } = trace.witnessAt(2n ** 60n);
    expect(state.status).to.equal(Status.halted);
    expect(state.step).to.equal(BigInt(HALTED));
    expect(proof).to.have.length(0);
    // The word is read again as it was: memory went back, too.
    const [first] = hashesWithoutTrace(halting, [9]);
    expect(trace.hashesAt([9n])).to.deep.equal([first]);
  });

  it("starts over from any bytes, also where they meet in a page", () => {
    const images = [
      { address: HEAP - 3, bytes: Buffer.from("across the border of two pages") },
      { address: HEAP + 2, bytes: Buffer.from("over it") },
    ];
    const mixed = { ...startHalting(), images };
    const [expected] = hashesWithoutTrace(mixed, [0]);
    const trace = new Trace(mixed, 0);
    trace.hashesAt([5_000n]);
    expect(trace.hashesAt([0n])).to.deep.equal([expected]);
  });

  it("knows no step before the start", () => {
    expect(() => new Trace(start).hashesAt([-1n])).to.throw(RangeError);
  });
});
