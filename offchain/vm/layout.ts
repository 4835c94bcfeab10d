import { LEAF_BYTES } from "../verification/root.ts";

// The map of the memory: LIP-5. Addresses and sizes in bytes; heights in levels above the leaves.

export const MEMORY_HEIGHT = 21;
export const MEMORY_BYTES = LEAF_BYTES * 2 ** MEMORY_HEIGHT;

/** Code and constants; the only region that can be executed, and the only one that cannot be written. */
export const ROM_HEIGHT = 14;
export const ROM_END = LEAF_BYTES * 2 ** ROM_HEIGHT;

/** By convention of the guests the stack grows down from here. */
export const RAM_END = 0x0100_0000;

export const PARAMETERS = 0x0100_0000;
export const PARAMETERS_HEIGHT = 17;
export const PARAMETERS_BYTES = LEAF_BYTES * 2 ** PARAMETERS_HEIGHT;

export const HEAP = 0x0200_0000;
export const SOURCE = 0x0800_0000;
export const OUTPUT = 0x0c00_0000;
