import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { hexlify } from "ethers";
import { network } from "hardhat";
import { ROM_HEIGHT } from "../../../../offchain/vm/layout.ts";
import type { Machine as Reference } from "../../../../offchain/vm/machine.ts";
import { encodeState, stateHash } from "../../../../offchain/vm/state.ts";
import type { Machine } from "../../../../types/index.ts";
import { machineOf } from "../../../fixtures/machine.ts";
import { MACHINE_VECTORS } from "../../../fixtures/machine-vectors.ts";

const FETCH = 128 + 32 * ROM_HEIGHT;

describe("Machine", () => {
  let contract: Machine;
  before(async () => {
    const { ethers } = await network.create();
    contract = await ethers.deployContract("Machine");
  });

  const step = (reference: Reference, proof = reference.proof(), program = reference.program.root()) =>
    contract.step(program, encodeState(reference.state()), proof);

  it("V3: every instruction and every trap has the successor of the reference", async () => {
    for (const { name, program, setting } of MACHINE_VECTORS) {
      const reference = machineOf(program, setting);
      const next = await step(reference);
      reference.step();
      expect(next, name).to.equal(stateHash(reference.state()));
    }
  });

  it("V3: a machine that has stopped stays as it is", async () => {
    for (const status of [1, 2, 3, 255]) {
      const reference = machineOf("nop", { status, step: 9n, verdict: 2 });
      expect(await step(reference)).to.equal(stateHash(reference.state()));
    }
  });

  it("V3: counts steps modulo 2^64", async () => {
    const reference = machineOf("nop", { step: 2n ** 64n - 1n });
    const next = await step(reference);
    reference.step();
    expect(next).to.equal(stateHash(reference.state()));
  });

  it("refuses a state of another length", async () => {
    const reference = machineOf("nop");
    const state = encodeState(reference.state());
    const root = reference.program.root();
    for (const other of [state.subarray(1), Buffer.concat([state, Buffer.alloc(1)]), new Uint8Array(0)]) {
      await expect(contract.step(root, other, reference.proof()))
        .to.be.revertedWithCustomError(contract, "MachineStateLength")
        .withArgs(other.length, 173);
    }
  });

  it("refuses a proof that is too short or too long", async () => {
    const lengths = [
      { reference: machineOf("nop"), want: FETCH },
      { reference: machineOf("lw x1, 0(x0)"), want: FETCH + 800 },
      { reference: machineOf("sw x1, 0(x2)", { x: { 2: 0x20_0000 } }), want: FETCH + 800 },
      { reference: machineOf("lw x1, 1(x0)"), want: FETCH },
      { reference: machineOf("nop", { status: 1 }), want: 0 },
      { reference: machineOf("nop", { pc: 2 }), want: 0 },
    ];
    for (const { reference, want } of lengths) {
      const proof = reference.proof();
      expect(proof.length).to.equal(want);
      const others = [Buffer.concat([proof, Buffer.alloc(1)]), Buffer.concat([proof, Buffer.alloc(800)])];
      if (want > 0) others.push(Buffer.from(proof.subarray(1)), Buffer.from(proof.subarray(0, -1)), Buffer.alloc(0));
      for (const other of others) {
        // Without its first byte, what is left of a proof may be wrong before its length is.
        await expect(step(reference, other)).to.be.revertedWithCustomError(contract, errorOf(reference, other, proof));
      }
    }
  });

  const errorOf = (reference: Reference, other: Uint8Array, proof: Uint8Array): string => {
    const shifted = other.length === proof.length - 1 && Buffer.compare(other, proof.subarray(1)) === 0;
    return shifted && reference.proof().length > FETCH ? "MachineInstructionProofInvalid" : "MachineProofLength";
  };

  it("refuses a proof with any byte changed, by the part that it is in", async () => {
    const reference = machineOf("sw x1, 4(x2)", { x: { 1: 7, 2: 0x20_0000 } });
    const proof = reference.proof();
    for (let at = 0; at < proof.length; at += 17) {
      const changed = Buffer.from(proof);
      changed[at]! ^= 1 << (at % 8);
      await expect(step(reference, changed)).to.be.revertedWithCustomError(
        contract,
        at < FETCH ? "MachineInstructionProofInvalid" : "MachineMemoryProofInvalid",
      );
    }
  });

  it("refuses the proofs of another place, of another time and of another program", async () => {
    const reference = machineOf("sw x1, 0(x2)\nsw x1, 256(x2)", { x: { 1: 7, 2: 0x20_0000 } });
    const early = reference.proof();
    const program = randomBytes(32);
    await expect(step(reference, early, program))
      .to.be.revertedWithCustomError(contract, "MachineInstructionProofInvalid")
      .withArgs(hexlify(reference.program.root()), hexlify(program));
    const root = hexlify(reference.memory.root());
    reference.step();
    // Another leaf of zeros has the same siblings: they lead to the root of before the first store.
    await expect(step(reference, early))
      .to.be.revertedWithCustomError(contract, "MachineMemoryProofInvalid")
      .withArgs(root, hexlify(reference.memory.root()));
    const elsewhere = Buffer.concat([early.subarray(0, FETCH), reference.memory.prove(0)]);
    await expect(step(reference, elsewhere)).to.be.revertedWithCustomError(contract, "MachineMemoryProofInvalid");
  });
});
