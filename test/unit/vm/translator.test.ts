import { expect } from "chai";
import { assemble } from "../../../offchain/vm/assembler.ts";
import { startInterpreter, startTranslated } from "../../../offchain/vm/interpreter.ts";
import { HEAP } from "../../../offchain/vm/layout.ts";
import { type Start, startMachine } from "../../../offchain/vm/start.ts";
import { stateHash, Status } from "../../../offchain/vm/state.ts";
import { Random } from "../../../sim/engine/random.ts";
import { tangledProgram } from "../../fixtures/tangled-program.ts";

function startOf(program: Uint8Array): Start {
  return {
    program,
    images: [{ address: 0, bytes: program }],
    registers: { pc: 0, status: 0, verdict: 0, step: 0n, x: new Int32Array(32) },
  };
}

/** Runs both fast engines to their end, comparing them at these numbers of steps and there. Returns how many steps. */
function compare(start: Start, stops: readonly number[] = [], limit = 1e9): number {
  const [translated, interpreted] = [startTranslated(start), startInterpreter(start)];
  let steps = 0;
  for (const stop of [...stops, limit]) {
    const wanted = stop - steps;
    const ran = translated.run(wanted);
    expect(ran).to.equal(interpreted.run(wanted));
    steps += ran;
    expect(stateHash(translated.state()), `after ${steps} steps`).to.equal(stateHash(interpreted.state()));
  }
  return steps;
}

describe("the translator", () => {
  it("is the reference at every step of tangled programs", () => {
    const seen = { steps: 0, halted: 0, trapped: 0 };
    for (let i = 0; i < 60; i += 1) {
      const start = startOf(tangledProgram(new Random(7, i)));
      const translated = startTranslated(start);
      const reference = startMachine(start);
      const random = new Random(8, i);
      while (translated.status === Status.running && translated.registers().step < 3_000n) {
        const steps = random.chance(0.5) ? 1 : Math.ceil(random.fraction() ** 3 * 500);
        translated.run(steps);
        for (let step = 0; step < steps; step += 1) reference.step();
        expect(translated.registers(), `program ${i}`).to.deep.equal(reference.registers());
      }
      expect(stateHash(translated.state()), `program ${i}`).to.equal(stateHash(reference.state()));
      seen.steps += Number(reference.stepCount);
      if (reference.status === Status.halted) seen.halted += 1;
      if (reference.status === Status.trapped) seen.trapped += 1;
    }
    expect(seen.steps).to.be.above(20_000);
    expect(seen.halted).to.be.above(2);
    expect(seen.trapped).to.be.above(2);
  });

  it("is the interpreter after many steps of them, too, where it has translated what it met on the way", () => {
    let long = 0;
    for (let i = 0; i < 25; i += 1) {
      if (compare(startOf(tangledProgram(new Random(9, i))), [1_000, 200_001, 200_002], 1_000_000) === 1_000_000)
        long += 1;
    }
    expect(long).to.be.above(5);
  });

  it("comes back from calls deeper than its stack", () => {
    const program = assemble(`
      lui sp, 0x1000
      li a0, 100000
      jal ra, down
      li a7, 93
      ecall
    down:
      beq a0, zero, out
      addi sp, sp, -16
      sw ra, 0(sp)
      addi a0, a0, -1
      jal ra, down
      addi s1, s1, 1
      lw ra, 0(sp)
      addi sp, sp, 16
    out:
      jalr zero, 0(ra)
    `);
    expect(compare(startOf(program), [5, 300_000, 900_000])).to.equal(900_008);
  });

  it("leaves a function that returns elsewhere than to its caller", () => {
    const program = assemble(`
      li s1, 3
    again:
      jal ra, odd
      addi s2, s2, 1       # skipped
      addi s3, s3, 1
      addi s1, s1, -1
      bne s1, zero, again
      li a7, 93
      ecall
    odd:
      addi s4, s4, 7
      addi ra, ra, 4
      jalr zero, 0(ra)
    `);
    const translated = startTranslated(startOf(program));
    translated.run(1_000);
    expect(Array.from(translated.registers().x.subarray(18, 21))).to.deep.equal([0, 3, 21]);
    compare(startOf(program));
  });

  it("counts the steps of a block that an access ends in its middle, and leaves memory as it was", () => {
    for (const access of ["lw t2, 0(t1)", "sw t0, 0(t1)", "sh t0, 0(t1)", "sb t0, 0(t1)", "lhu t2, 1(s0)"]) {
      for (const address of [0, 0x1f_ffff, 0x20_0000, 0x20_0001, 0x20_0002, 0x0fff_ffff, 0x1000_0000, -4]) {
        const program = assemble(`
          li s0, ${HEAP}
          li t1, ${address}
          li t0, 5
          sw t0, 0(s0)
          ${access}
          addi t0, t0, 1
          sw t0, 4(s0)
          li a7, 93
          ecall
        `);
        compare(startOf(program));
      }
    }
  });
});
