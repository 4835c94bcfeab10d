import { expect } from "chai";
import fc from "fast-check";
import { startWorkload } from "../../../tasks/bench/vm/workload.ts";
import { Interpreter } from "../../../offchain/vm/interpreter.ts";
import { HEAP, MEMORY_HEIGHT, ROM_END, ROM_HEIGHT } from "../../../offchain/vm/layout.ts";
import { Machine, type Registers } from "../../../offchain/vm/machine.ts";
import { Memory } from "../../../offchain/vm/memory.ts";
import { PagedMemory } from "../../../offchain/vm/paged-memory.ts";
import { stateHash, Status } from "../../../offchain/vm/state.ts";
import { createTranslatedMemory, Translator } from "../../../offchain/vm/translation/translator.ts";
import { hex } from "./hex.ts";
import { registers, words } from "./random.ts";

const bytesOf = (list: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(list).buffer);

type FastMachine = (program: Uint8Array, state: Registers) => Interpreter;

const ENGINES: Readonly<Record<string, () => { readonly paged: PagedMemory; readonly start: FastMachine }>> = {
  "the interpreter": () => {
    const paged = new PagedMemory();
    return { paged, start: (program, state) => new Interpreter(program, paged, state) };
  },
  "the translation": () => {
    const memory = createTranslatedMemory();
    const start: FastMachine = (program, state) =>
      new Interpreter(program, memory.paged, state, (code) => new Translator(program, code, memory));
    return { paged: memory.paged, start };
  },
};

/** A fast engine and the reference at the same state, over memories that are kept from one to the next, since new ones take long. */
class Pair {
  readonly #start: FastMachine;
  readonly #memories: readonly [PagedMemory, Memory];

  constructor(engine: string) {
    const { paged, start } = ENGINES[engine]!();
    this.#start = start;
    this.#memories = [paged, new Memory(MEMORY_HEIGHT)];
  }

  write(address: number, bytes: Uint8Array): void {
    for (const memory of this.#memories) memory.write(address, bytes);
  }

  start(program: Uint8Array, state: Registers) {
    const rom = new Memory(ROM_HEIGHT);
    rom.write(0, program);
    const [, memory] = this.#memories;
    return { fast: this.#start(program, state), reference: new Machine(rom, memory, state) };
  }
}

function advance(machine: Machine, steps: number): void {
  for (let i = 0; i < steps; i += 1) machine.step();
}

for (const engine of Object.keys(ENGINES))
  describe(engine, () => {
    it("is the reference after any number of steps of random words from random states", () => {
      const pair = new Pair(engine);
      // What is in memory where programs look for it.
      pair.write(0, Buffer.from("loads see these bytes, and not the program"));
      pair.write(
        HEAP,
        Uint8Array.from({ length: 400 }, (_, i) => i * 37),
      );
      pair.write(
        ROM_END,
        Uint8Array.from({ length: 400 }, (_, i) => i * 91),
      );
      const seen = { running: 0, trapped: 0, halted: 0, steps: 0 };
      fc.assert(
        fc.property(
          fc.array(words, { minLength: 24, maxLength: 40 }),
          registers,
          fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
          (program, state, stops) => {
            const { fast, reference } = pair.start(bytesOf(program), state);
            for (const steps of [1, ...stops]) {
              const before = reference.stepCount;
              expect(hex(fast.proof())).to.equal(hex(reference.proof()));
              const ran = fast.run(steps);
              advance(reference, steps);
              expect(fast.state()).to.deep.equal(reference.state());
              expect(BigInt(ran)).to.equal(BigInt.asUintN(64, reference.stepCount - before));
              seen.steps += ran;
            }
            if (fast.status === Status.running) seen.running += 1;
            if (fast.status === Status.trapped) seen.trapped += 1;
            if (fast.status === Status.halted) seen.halted += 1;
          },
        ),
        { numRuns: 3_000, seed: 1 },
      );
      expect(seen.running, "running").to.be.at.least(200);
      expect(seen.trapped, "trapped").to.be.at.least(200);
      expect(seen.halted, "halted").to.be.at.least(5);
      expect(seen.steps, "steps").to.be.at.least(5_000);
    });

    it("multiplies and divides as the reference does, on every pair of edges", () => {
      const edges = [
        0,
        1,
        2,
        3,
        -1,
        -2,
        0x7fff,
        0x8000,
        0xffff,
        0x10000,
        0x10001,
        2 ** 31 - 1,
        -(2 ** 31),
        0x5555_5555,
      ];
      const pair = new Pair(engine);
      for (const funct3 of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const word = 0x0200_0033 | (funct3 << 12) | (3 << 7) | (1 << 15) | (2 << 20);
        for (const a of edges) {
          for (const b of edges) {
            const x = new Int32Array(32);
            x.set([a, b], 1);
            const { fast, reference } = pair.start(bytesOf([word]), { pc: 0, status: 0, verdict: 0, step: 0n, x });
            fast.run(1);
            reference.step();
            expect(fast.registers(), `funct3 ${funct3} of ${a} and ${b}`).to.deep.equal(reference.registers());
          }
        }
      }
    });

    it("stops at the step that was asked for, in a program that uses everything", () => {
      const { program, images, registers } = startWorkload(4_096);
      const pair = new Pair(engine);
      for (const { address, bytes } of images) pair.write(address, bytes);
      const { fast, reference } = pair.start(program, registers);
      for (let steps = 1; steps < 30_000; steps = Math.ceil(steps * 1.7)) {
        expect(fast.run(steps)).to.equal(steps);
        advance(reference, steps);
        expect(stateHash(fast.state()), `after ${reference.stepCount} steps`).to.equal(stateHash(reference.state()));
      }
    });

    it("executes the last word of the ROM and traps behind it", () => {
      const program = new Uint8Array(ROM_END);
      // addi x1, x1, 1
      program.set(bytesOf([0x0010_8093]), ROM_END - 4);
      const state = { pc: ROM_END - 4, status: 0, verdict: 0, step: 0n, x: new Int32Array(32) };
      const { fast, reference } = new Pair(engine).start(program, state);
      for (const status of [Status.running, Status.trapped, Status.trapped]) {
        fast.run(1);
        reference.step();
        expect(fast.registers()).to.deep.equal(reference.registers());
        expect(fast.status).to.equal(status);
      }
    });
  });
