import { type ErrorCode, StreamflowError } from "../errors.ts";
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
import { Machine, type Registers } from "./machine.ts";
import { Memory } from "./memory.ts";

/** Bytes that are in memory when a run starts. */
export interface Image {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Where a run starts. The program is what is executed; to be read it is an image, too. */
export interface Start {
  readonly program: Uint8Array;
  readonly images: readonly Image[];
  readonly registers: Registers;
}

/** What is judged by a program. */
export interface Case {
  /** The ROM as `readProgram` gives it: at most 2 MiB. */
  readonly program: Uint8Array;
  /** What both parties agreed on: at most 16 MiB. */
  readonly parameters: Uint8Array;
  /** At most 64 MiB. */
  readonly source: Uint8Array;
  /** At most 64 MiB. */
  readonly output: Uint8Array;
  /** {1} Number of the output among those of its receipt, from 0 to 2^32 − 1. */
  readonly outputIndex: number;
}

/** The initial state of LIP-5: whoever judges the same starts in the same. Errors: `ParametersTooLarge`, `SourceTooLarge` (source or output). */
export function startOf({ program, parameters, source, output, outputIndex }: Case): Start {
  requireFits(parameters, PARAMETERS_BYTES, "ParametersTooLarge");
  requireFits(source, REGION_BYTES, "SourceTooLarge");
  requireFits(output, REGION_BYTES, "SourceTooLarge");
  const x = new Int32Array(32);
  x.set([source.length, output.length, outputIndex], 10);
  return {
    program,
    images: [
      { address: 0, bytes: program },
      { address: PARAMETERS, bytes: parameters },
      { address: SOURCE, bytes: source },
      { address: OUTPUT, bytes: output },
    ],
    registers: { pc: 0, status: 0, verdict: 0, step: 0n, x },
  };
}

/** The reference machine where a run starts. */
export function startMachine({ program, images, registers }: Start): Machine {
  const memory = new Memory(MEMORY_HEIGHT);
  for (const { address, bytes } of images) memory.write(address, bytes);
  return new Machine(programTree(program), memory, registers);
}

/** The tree whose root is the name of the program. */
export function programTree(program: Uint8Array): Memory {
  return treeOf(ROM_HEIGHT, program);
}

/** The tree whose root is signed for the parameters. Errors: `ParametersTooLarge`. */
export function parametersTree(parameters: Uint8Array): Memory {
  requireFits(parameters, PARAMETERS_BYTES, "ParametersTooLarge");
  return treeOf(PARAMETERS_HEIGHT, parameters);
}

function treeOf(height: number, bytes: Uint8Array): Memory {
  const tree = new Memory(height);
  tree.write(0, bytes);
  return tree;
}

function requireFits({ length }: Uint8Array, most: number, code: ErrorCode): void {
  if (length > most)
    throw new StreamflowError(code, `${length} bytes are more than ${most}`, { bytes: length, maxBytes: most });
}
