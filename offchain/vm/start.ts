import { OUTPUT, PARAMETERS, PARAMETERS_BYTES, ROM_END, SOURCE } from "./layout.ts";
import type { Registers } from "./machine.ts";
import { REGION_BYTES } from "../verification/root.ts";

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
  readonly program: Uint8Array;
  readonly parameters: Uint8Array;
  readonly source: Uint8Array;
  readonly output: Uint8Array;
  /** {1} Number of the output among those of its receipt. */
  readonly outputIndex: number;
}

/** The initial state of LIP-5. Errors: RangeError where bytes do not fit into their region. */
export function startOf({ program, parameters, source, output, outputIndex }: Case): Start {
  const x = new Int32Array(32);
  x.set([source.length, output.length, outputIndex], 10);
  return {
    program,
    images: [
      image(0, program, ROM_END),
      image(PARAMETERS, parameters, PARAMETERS_BYTES),
      image(SOURCE, source, REGION_BYTES),
      image(OUTPUT, output, REGION_BYTES),
    ],
    registers: { pc: 0, status: 0, verdict: 0, step: 0n, x },
  };
}

function image(address: number, bytes: Uint8Array, most: number): Image {
  if (bytes.length > most) throw new RangeError(`${bytes.length} bytes are more than the ${most} at ${address}`);
  return { address, bytes };
}
