import { hexlify } from "ethers";
import type { Run } from "../../../offchain/verification/game/interface.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { assemble } from "../../../offchain/vm/assembler.ts";
import { type Case, parametersTree, programTree, startOf } from "../../../offchain/vm/start.ts";
import { encodeState } from "../../../offchain/vm/state.ts";
import { Trace, type Witness } from "../../../offchain/vm/trace.ts";

/** Runs a loop as often as the source has bytes; what it says of the output is how many bytes that has. */
const PROGRAM = assemble(
  [
    "mv t0, a0",
    "li s0, 0x02000000",
    "loop:",
    "lw t1, 0(s0)",
    "sw t1, 4(s0)",
    "addi t0, t0, -1",
    "bne t0, zero, loop",
    "li a7, 93",
    "mv a0, a1",
    "ecall",
  ].join("\n"),
);
const PARAMETERS = new Uint8Array(0);

/** {bytes} Of sources: runs of 46 and of 286 steps, whose first lists are of 16^2 and of 16^3, so that either side has the last word. */
const SOURCES = [10, 70] as const;
/** {bytes} Of the outputs of each receipt: the first is good, the second is a fault. */
const OUTPUTS = [1, 2] as const;

/** What is judged, and the whole run. */
export interface Trial {
  /** The real run, with all its hashes at hand. */
  readonly truth: Run;
  readonly start: string;
  /** The state in which the run ends. */
  readonly end: Uint8Array;
  /** {1} Steps until then. */
  readonly steps: bigint;
  readonly isFault: boolean;
}

/** By source and by output, as receipts have them. */
export interface Cases {
  readonly program: string;
  readonly parametersRoot: string;
  readonly sources: readonly { readonly root: string; readonly length: bigint }[];
  readonly outputs: readonly { readonly root: string; readonly length: bigint }[];
  readonly trials: readonly (readonly Trial[])[];
}

export function createCases(): Cases {
  const segment = (length: number) => ({ root: segmentRoot(new Uint8Array(length)), length: BigInt(length) });
  return {
    program: hexlify(programTree(PROGRAM).root()),
    parametersRoot: hexlify(parametersTree(PARAMETERS).root()),
    sources: SOURCES.map(segment),
    outputs: OUTPUTS.map(segment),
    trials: SOURCES.map((source) => OUTPUTS.map((output, outputIndex) => trialOf(source, output, outputIndex))),
  };
}

function trialOf(source: number, output: number, outputIndex: number): Trial {
  const judged: Case = {
    program: PROGRAM,
    parameters: PARAMETERS,
    source: new Uint8Array(source),
    output: new Uint8Array(output),
    outputIndex,
  };
  const trace = new Trace(startOf(judged));
  const { state } = trace.witnessAt(2n ** 62n);
  const hashes = trace.hashesAt(Array.from({ length: Number(state.step) + 1 }, (_, step) => BigInt(step)));
  const witnesses = new Map<bigint, Witness>();
  const least = (step: bigint): bigint => (step < state.step ? step : state.step);
  const truth: Run = {
    hashesAt: (steps) => steps.map((step) => hashes[Number(least(step))]!),
    witnessAt: (step) => {
      const witness = witnesses.get(least(step)) ?? trace.witnessAt(step);
      witnesses.set(least(step), witness);
      return witness;
    },
  };
  return { truth, start: hashes[0]!, end: encodeState(state), steps: state.step, isFault: state.verdict === 2 };
}
