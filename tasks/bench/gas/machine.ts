import { hexlify } from "ethers";
import { readArtifact, readInterface } from "../../../deploy/artifacts.ts";
import { assemble } from "../../../offchain/vm/assembler.ts";
import { MEMORY_HEIGHT, ROM_END, ROM_HEIGHT } from "../../../offchain/vm/layout.ts";
import { Machine } from "../../../offchain/vm/machine.ts";
import { Memory } from "../../../offchain/vm/memory.ts";
import { encodeState, stateHash } from "../../../offchain/vm/state.ts";
import type { Scene } from "./scene.ts";

/** One of each kind. What moves fewer bytes or computes otherwise costs as much: the calldata decide. */
const STEPS = { alu: "add x3, x1, x2", load: "lw x3, 0(x1)", store: "sw x2, 0(x1)" } as const;

/** Before a step of that kind, with a state and leaves without a byte that is zero, as far as they are free: those cost less. */
export function stepOf(kind: keyof typeof STEPS): Machine {
  const [program, memory] = [new Memory(ROM_HEIGHT), new Memory(MEMORY_HEIGHT)];
  const full = new Uint8Array(128).fill(0xa5);
  program.write(ROM_END - 128, full);
  program.write(ROM_END - 64, assemble(STEPS[kind]));
  memory.write(ROM_END, full);
  const x = new Int32Array(32).fill(-1);
  x.set([0, ROM_END]);
  return new Machine(program, memory, { pc: ROM_END - 64, status: 0, verdict: -1 >>> 0, step: 2n ** 64n - 2n, x });
}

/** What the contract takes for one step, called by itself. */
export async function machineSteps({ chain, cast }: Scene): Promise<Record<string, number>> {
  const abi = readInterface("Machine");
  const address = await chain.create(cast.deployer, readArtifact("Machine").bytecode);
  const gas: Record<string, number> = {};
  for (const name of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
    const machine = stepOf(name);
    const step = [machine.program.root(), encodeState(machine.state()), machine.proof()].map((part) => hexlify(part));
    const data = abi.encodeFunctionData("step", step);
    machine.step();
    const next = (await chain.request("eth_call", { to: address, data }, "latest")) as string;
    if (next !== stateHash(machine.state())) throw new Error(`the contract has another successor of ${STEPS[name]}`);
    gas[`vm.step.${name}`] = await chain.gasOf({ from: cast.stranger, to: address, data });
  }
  return gas;
}
