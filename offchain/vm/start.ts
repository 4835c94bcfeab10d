import { StreamflowError } from "../errors.ts";
import { REGION_BYTES } from "../verification/root.ts";
import {
  MEMORY_HEIGHT,
  OUTPUT,
  PARAMETERS,
  PARAMETERS_BYTES,
  PARAMETERS_HEIGHT,
  ROM_HEIGHT,
  SOURCE,
} from "./layout.ts";
import { Machine } from "./machine.ts";
import { Memory } from "./memory.ts";
import { Status, Verdict } from "./state.ts";

/** What a run is about. Whoever has the same starts in the same state. */
export interface Start {
  /** As `readProgram` gives it: at most 2 MiB. */
  readonly rom: Uint8Array;
  /** What both parties agreed on: at most 16 MiB. */
  readonly parameters: Uint8Array;
  /** At most 64 MiB. */
  readonly source: Uint8Array;
  /** At most 64 MiB. */
  readonly output: Uint8Array;
  /** {1} Which output of the segment it is, from 0 to 2^32 − 1. */
  readonly outputIndex: number;
}

/**
 * The reference machine in the state in which LIP-5 lets a run start.
 * Errors: `ParametersTooLarge`, `SourceTooLarge` (source or output).
 */
export function startMachine(start: Start): Machine {
  const memory = new Memory(MEMORY_HEIGHT);
  for (const [address, bytes] of startContents(start)) memory.write(address, bytes);
  const x = startRegisters(start);
  return new Machine(programTree(start.rom), memory, {
    pc: 0,
    status: Status.running,
    verdict: Verdict.void,
    step: 0n,
    x,
  });
}

/** What lies in memory at the start, by its address; the rest is zero. Errors: as `startMachine`. */
export function startContents({ rom, parameters, source, output }: Start): [address: number, bytes: Uint8Array][] {
  requireParametersFit(parameters);
  requireSegmentFits(source);
  requireSegmentFits(output);
  return [
    [0, rom],
    [PARAMETERS, parameters],
    [SOURCE, source],
    [OUTPUT, output],
  ];
}

/** The 32 registers at the start. */
export function startRegisters({ source, output, outputIndex }: Start): Int32Array {
  const x = new Int32Array(32);
  x.set([source.length, output.length, outputIndex], 10);
  return x;
}

/** The tree whose root is the name of the program. */
export function programTree(rom: Uint8Array): Memory {
  return treeOf(ROM_HEIGHT, rom);
}

/** The tree whose root is signed for the parameters. Errors: `ParametersTooLarge`. */
export function parametersTree(parameters: Uint8Array): Memory {
  requireParametersFit(parameters);
  return treeOf(PARAMETERS_HEIGHT, parameters);
}

function treeOf(height: number, bytes: Uint8Array): Memory {
  const tree = new Memory(height);
  tree.write(0, bytes);
  return tree;
}

function requireParametersFit({ length }: Uint8Array): void {
  if (length <= PARAMETERS_BYTES) return;
  throw new StreamflowError("ParametersTooLarge", `${length} bytes are more than ${PARAMETERS_BYTES}`, {
    bytes: length,
    maxBytes: PARAMETERS_BYTES,
  });
}

function requireSegmentFits({ length }: Uint8Array): void {
  if (length <= REGION_BYTES) return;
  throw new StreamflowError("SourceTooLarge", `${length} bytes are more than ${REGION_BYTES}`, {
    bytes: length,
    maxBytes: REGION_BYTES,
  });
}
