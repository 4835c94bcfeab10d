import { encodeState } from "../offchain/vm/state.ts";
import { keccakHex } from "../offchain/pm/crypto.ts";
import { machineOf } from "../test/fixtures/machine.ts";
import { MACHINE_VECTORS, type Vector } from "../test/fixtures/machine-vectors.ts";

// Test vectors with which another implementation of the machine can check itself: LIPS/vectors/machine.json.

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
const word = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

function vectorOf({ name, program, setting }: Vector): object {
  const machine = machineOf(program, setting);
  const [programRoot, state, proof] = [machine.program.root(), encodeState(machine.state()), machine.proof()];
  machine.step();
  const next = encodeState(machine.state());
  return {
    name,
    program: hex(program),
    memory: Object.fromEntries(
      Object.entries(setting.memory ?? {}).map(([address, value]) => [word(Number(address)), word(value)]),
    ),
    programRoot: hex(programRoot),
    state: hex(state),
    proofBytes: proof.length,
    proofHash: keccakHex(proof),
    next: hex(next),
    nextHash: keccakHex(next),
  };
}

/** The text of the file. */
export function machineVectors(): string {
  return `${JSON.stringify({ steps: MACHINE_VECTORS.map(vectorOf) }, null, 2)}\n`;
}
