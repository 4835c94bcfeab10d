import { expect } from "chai";
import { PARAMETERS, RAM_END, ROM_END } from "../../../offchain/vm/layout.ts";
import { decodeState, encodeState, STATE_BYTES, stateHash, Status, Verdict } from "../../../offchain/vm/state.ts";
import { machineOf } from "../../fixtures/machine.ts";
import { MACHINE_VECTORS } from "../../fixtures/machine-vectors.ts";

describe("the machine", () => {
  for (const { name, program, setting, change } of MACHINE_VECTORS) {
    it(`V3: ${change === null ? "traps at" : "executes"} ${name}`, () => {
      const machine = machineOf(program, setting);
      const before = machine.state();
      machine.step();
      const after = machine.state();
      expect(after.step).to.equal(1n);
      if (change === null) {
        expect(after).to.deep.equal({ ...before, status: Status.trapped, step: 1n });
        return;
      }
      const x = Int32Array.from(before.x);
      for (const [register, value] of Object.entries(change.x ?? {})) x[Number(register)] = value;
      const expected = machineOf(program, { ...setting, memory: { ...setting.memory, ...change.memory } });
      expect(after).to.deep.equal({
        memoryRoot: expected.memory.root(),
        pc: change.pc ?? before.pc + 4,
        status: change.halts ? Status.halted : Status.running,
        verdict: change.verdict ?? before.verdict,
        step: 1n,
        x,
      });
    });
  }

  it("V3: stays as it is once it has stopped, its counter included", () => {
    for (const status of [Status.halted, Status.trapped, 3, 255]) {
      const machine = machineOf("nop", { status, step: 7n });
      const before = machine.state();
      expect(machine.proof()).to.deep.equal(new Uint8Array(0));
      machine.step();
      expect(machine.state()).to.deep.equal(before);
    }
  });

  it("counts its steps modulo 2^64", () => {
    const machine = machineOf("nop", { step: 2n ** 64n - 1n });
    machine.step();
    expect(machine.stepCount).to.equal(0n);
  });

  it("runs a program: a sum over parameters, with its verdict", () => {
    const program = `
      li a0, ${Verdict.void}
      li a7, 2000
      ecall                 # what a trap from here on means
      li sp, ${RAM_END}
      li t0, ${PARAMETERS}
      li t1, 10
      li t2, 0
    next:
      lw t3, 0(t0)
      add t2, t2, t3
      addi t0, t0, 4
      addi t1, t1, -1
      bne t1, zero, next
      sw t2, -4(sp)
      lw t3, -4(sp)
      li t4, 55
      li a0, ${Verdict.pass}
      beq t3, t4, done
      li a0, ${Verdict.fault}
    done:
      li a7, 93
      ecall`;
    for (const [last, verdict] of [
      [10, Verdict.pass],
      [11, Verdict.fault],
    ] as const) {
      const words = [1, 2, 3, 4, 5, 6, 7, 8, 9, last].map((word, i) => [PARAMETERS + 4 * i, word] as const);
      const machine = machineOf(program, { memory: Object.fromEntries(words) });
      while (machine.status === Status.running) machine.step();
      expect(machine.state()).to.include({ status: Status.halted, verdict });
    }
  });

  it("leaves a program's verdict as it was set when it traps", () => {
    const machine = machineOf(`li a0, ${Verdict.fault}\nli a7, 2000\necall\nlw a0, 0(a0)`);
    while (machine.status === Status.running) machine.step();
    expect(machine.state()).to.include({ status: Status.trapped, verdict: Verdict.fault, step: 4n });
  });

  it("fetches from the program, whatever the memory says of the ROM", () => {
    const machine = machineOf("addi x1, x0, 1");
    machine.memory.store(0, 4, 0);
    machine.step();
    expect(machine.x[1]).to.equal(1);
  });
});

describe("a state of the machine", () => {
  it("is what LIP-5 packs, and is read back", () => {
    const x = Int32Array.from({ length: 32 }, (_, i) => -i);
    const state = {
      memoryRoot: new Uint8Array(32).fill(0xab),
      pc: ROM_END - 4,
      status: 1,
      verdict: 2,
      step: 0x0102030405060708n,
      x,
    };
    const bytes = encodeState(state);
    expect(bytes.length).to.equal(STATE_BYTES);
    expect(Buffer.from(bytes).toString("hex", 32, 57)).to.equal(
      "001ffffc" + "01" + "00000002" + "0102030405060708" + "ffffffff" + "fffffffe",
    );
    const read = decodeState(bytes);
    expect({ ...read, memoryRoot: Uint8Array.from(read.memoryRoot) }).to.deep.equal(state);
    expect(stateHash(read)).to.equal(stateHash(state));
  });

  it("has 173 bytes and no others", () => {
    expect(() => decodeState(new Uint8Array(172))).to.throw(RangeError);
    expect(() => decodeState(new Uint8Array(174))).to.throw(RangeError);
  });
});
