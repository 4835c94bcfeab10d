import { expect } from "chai";
import { network } from "hardhat";
import { MEMORY_BYTES, MEMORY_HEIGHT, ROM_END, ROM_HEIGHT } from "../../offchain/vm/layout.ts";
import { Machine } from "../../offchain/vm/machine.ts";
import { Memory } from "../../offchain/vm/memory.ts";
import { encodeState, stateHash, Status } from "../../offchain/vm/state.ts";
import { Random } from "../../sim/engine/random.ts";
import type { MachineHarness } from "../../types/index.ts";
import { SEED, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";

/** Steps that one call of the contract executes. */
const BATCH = 150;
const OPCODES = [0x37, 0x17, 0x6f, 0x67, 0x63, 0x03, 0x23, 0x13, 0x33, 0x0f, 0x73];
const EDGES = [0, 1, -1, 2, -2, 31, 32, 33, -(2 ** 31), 2 ** 31 - 1, 0x7fff, 0x8000, 0xffff, 93, 2000];
const BORDERS = [0, ROM_END, MEMORY_BYTES, 0x0100_0000, 0x0800_0000, 2 ** 32];

const word = (random: Random): number => Math.floor(random.fraction() * 2 ** 32) | 0;
const below = (random: Random, limit: number): number => Math.floor(random.fraction() * limit);

function register(random: Random): number {
  const kind = random.fraction();
  if (kind < 0.3) return random.pick(EDGES);
  if (kind < 0.6) return (random.pick(BORDERS) + below(random, 16) - 8) | 0;
  // An address that can be read and written, mostly a multiple of 4.
  if (kind < 0.85) return ROM_END + ((below(random, MEMORY_BYTES - ROM_END) >>> 2) << 2);
  return word(random);
}

/** Any word, or one of an opcode that there is with its variants as they are more often than by chance. */
function instruction(random: Random): number {
  if (random.chance(0.05)) return word(random);
  if (random.chance(0.03)) return 0x73;
  const variant = random.pick([0, 0, 0, 1, 1, 0x20, 0x20, below(random, 128)]);
  const opcode = random.pick(OPCODES);
  const hasVariant = opcode === 0x33 || (opcode === 0x13 && random.chance(0.7));
  const rest = word(random) & ~0x7f;
  return (hasVariant ? (rest & 0x01ff_ffff) | (variant << 25) : rest) | opcode;
}

/** A machine before one step, in a state that no run may ever reach. */
function machineIn(random: Random): Machine {
  const pc = random.chance(0.02) ? word(random) >>> 0 : below(random, ROM_END / 4) * 4;
  const program = new Memory(ROM_HEIGHT);
  if (pc < ROM_END && pc % 4 === 0) program.store(pc, 4, instruction(random));
  const x = Int32Array.from({ length: 32 }, () => register(random));
  x[0] = 0;
  if (random.chance(0.5)) x[17] = random.pick([93, 2000]);
  const memory = new Memory(MEMORY_HEIGHT);
  for (let i = 0; i < 2; i += 1) {
    const address = random.pick([...x]) >>> 0;
    if (address < MEMORY_BYTES - 4096)
      memory.write(
        address,
        Uint8Array.from({ length: 64 }, () => word(random)),
      );
  }
  const status = random.chance(0.02) ? below(random, 256) : Status.running;
  const step = BigInt.asUintN(64, BigInt(word(random)) * BigInt(word(random)));
  return new Machine(program, memory, { pc, status, verdict: word(random) >>> 0, step, x });
}

describe("the machine in TypeScript and in Solidity", function () {
  this.timeout(TIME_LIMIT);
  let contract: MachineHarness;
  before(async () => {
    const { ethers } = await network.create();
    contract = await ethers.deployContract("MachineHarness");
  });

  it("V3: random words in random states have the same successor, and the contract reverts for none", async () => {
    const random = new Random(SEED, 0);
    const outcomes = new Map<string, number>();
    const count = (name: string): void => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    for (let left = runsOf(20_000); left > 0; left -= BATCH) {
      const machines = Array.from({ length: Math.min(left, BATCH) }, () => machineIn(random));
      const cases = machines.map((machine) => ({
        program: machine.program.root(),
        state: encodeState(machine.state()),
        proof: machine.proof(),
      }));
      const next = await contract.stepEach(cases, { gasLimit: 2n ** 24n });
      for (const [i, machine] of machines.entries()) {
        const { memoryRoot, pc } = machine.state();
        const { proof } = cases[i]!;
        machine.step();
        const after = machine.state();
        expect(next[i], `state ${Buffer.from(cases[i]!.state).toString("hex")}`).to.equal(stateHash(after));
        if (Buffer.compare(memoryRoot, after.memoryRoot) !== 0) count("stored");
        else if (proof.length > 1000) count("loaded");
        else if (after.status === Status.trapped) count("trapped");
        else if (after.status === Status.halted) count("halted");
        else if (after.pc !== pc + 4) count("jumped");
        else count("computed");
      }
    }
    for (const name of ["stored", "loaded", "trapped", "halted", "jumped", "computed"]) {
      expectOften(outcomes.get(name) ?? 0, 100, `steps that ${name}`);
    }
  });
});
