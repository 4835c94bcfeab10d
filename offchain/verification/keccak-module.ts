import {
  exported,
  functionBody,
  functionType,
  get,
  I32,
  i32,
  moduleOf,
  set,
  unsigned,
  V128,
  wasm,
  type WasmMemory,
} from "../wasm/encoding.ts";

/**
 * Builds a small WebAssembly module that hashes many equal blocks at once: Keccak-256 of blocks of 64 and of 128 bytes, two at a time
 * in the two halves of SIMD registers. A general hash function spends most of a Merkle tree's time on calls and copies, and its permutation
 * works on one block; here a level of the tree is one call. Checked against an independent Keccak in the tests.
 */

// Keccak: FIPS 202, section 3, with the original padding 0x01.

const ADD = [0x6a];
const LESS = [0x49];
const simd = (code: number) => [0xfd, ...unsigned(code)];
const XOR = simd(0x51);
const AND_NOT = simd(0x4f);
const OR = simd(0x50);
const loadBoth = (offset: number) => [...simd(0x0a), 3, ...unsigned(offset)];
const loadSecond = (offset: number) => [...simd(0x57), 3, ...unsigned(offset), 1];
const storeLane = (offset: number, lane: number) => [...simd(0x5b), 3, ...unsigned(offset), lane];
const splat = (value: bigint) => {
  const half = Buffer.alloc(8);
  half.writeBigUInt64LE(value);
  return [...simd(0x0c), ...half, ...half];
};
const rotate = (value: number[], by: number): number[] =>
  by === 0 ? value : [...value, ...i32(by), ...simd(0xcb), ...value, ...i32(64 - by), ...simd(0xcd), ...OR];

const LANES = 25;
/** Lanes of a block that Keccak-256 absorbs at once. */
const RATE = 17;
const ROUNDS = 24;

/** Rotation of each lane (x + 5y), FIPS 202 table 2. */
const ROTATIONS = rotations();

function rotations(): number[] {
  const table = new Array<number>(LANES).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t += 1) {
    table[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return table;
}

/** The constants of the rounds, from the linear feedback shift register of FIPS 202, algorithm 5. */
function roundConstants(): Buffer {
  const table = Buffer.alloc(8 * ROUNDS);
  let register = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    let word = 0n;
    for (let j = 0; j < 7; j += 1) {
      if ((register & 1) === 1) word |= 1n << ((1n << BigInt(j)) - 1n);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    table.writeBigUInt64LE(word, 8 * round);
  }
  return table;
}

// Locals of a function: its four parameters, then counters, then the state and its copy.
const INPUT = 0;
const COUNT = 1;
const OUTPUT = 2;
const SECOND = 3;
const ROUND = 4;
const STATE = 5;
const COPY = STATE + LANES;
const PARITY = COPY + LANES;

function permutation(): number[] {
  const a = (x: number, y: number) => STATE + (x % 5) + 5 * (y % 5);
  const b = (x: number, y: number) => COPY + (x % 5) + 5 * (y % 5);
  const code: number[] = [];
  const rows = [0, 1, 2, 3, 4];
  for (const x of rows) {
    code.push(...get(a(x, 0)));
    for (const y of [1, 2, 3, 4]) code.push(...get(a(x, y)), ...XOR);
    code.push(...set(PARITY + x));
  }
  for (const x of rows) {
    // COPY is free until the next step; its first lanes hold what theta adds to each column.
    code.push(...get(PARITY + ((x + 4) % 5)), ...rotate(get(PARITY + ((x + 1) % 5)), 1), ...XOR, ...set(COPY + x));
  }
  for (const x of rows) for (const y of rows) code.push(...get(a(x, y)), ...get(COPY + x), ...XOR, ...set(a(x, y)));
  for (const x of rows) {
    for (const y of rows) code.push(...rotate(get(a(x, y)), ROTATIONS[x + 5 * y] ?? 0), ...set(b(y, 2 * x + 3 * y)));
  }
  for (const x of rows) {
    for (const y of rows) {
      code.push(...get(b(x, y)), ...get(b(x + 2, y)), ...get(b(x + 1, y)), ...AND_NOT, ...XOR, ...set(a(x, y)));
    }
  }
  return [...code, ...get(STATE), ...get(ROUND), ...loadBoth(0), ...XOR, ...set(STATE)];
}

/** (input, count, output): hashes `count` blocks of `lanes` × 8 bytes; digests follow one another and may overwrite the input. */
function hashFunction(lanes: number): Uint8Array {
  const size = 8 * lanes;
  const VOID = 0x40;
  const state: number[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    const padding = (lane === lanes ? 1n : 0n) | (lane === RATE - 1 ? 1n << 63n : 0n);
    const value =
      lane < lanes ? [...get(SECOND), ...get(INPUT), ...loadBoth(8 * lane), ...loadSecond(8 * lane)] : splat(padding);
    state.push(...value, ...set(STATE + lane));
  }
  const digests: number[] = [];
  for (const half of [0, 1]) {
    for (let lane = 0; lane < 4; lane += 1)
      digests.push(...get(OUTPUT), ...get(STATE + lane), ...storeLane(32 * half + 8 * lane, half));
  }
  const code = [
    ...[0x02, VOID, 0x03, VOID], // block, loop: until no block is left
    ...[...get(COUNT), 0x45, 0x0d, 1], // br_if 1 when count is zero
    // A last block without a partner is hashed twice.
    ...[...get(INPUT), ...get(INPUT), ...i32(size), ...ADD, ...get(COUNT), ...i32(1), 0x46, 0x1b, ...set(SECOND)],
    ...state,
    ...[...i32(0), ...set(ROUND)],
    ...[0x03, VOID, ...permutation()],
    ...[...get(ROUND), ...i32(8), ...ADD, ...set(ROUND), ...get(ROUND), ...i32(8 * ROUNDS), ...LESS, 0x0d, 0, 0x0b],
    ...digests,
    ...[...get(OUTPUT), ...i32(64), ...ADD, ...set(OUTPUT)],
    ...[...get(INPUT), ...i32(2 * size), ...ADD, ...set(INPUT)],
    ...[...get(COUNT), ...i32(1), 0x46, 0x0d, 1], // br_if 1: that was the last, alone
    ...[...get(COUNT), ...i32(2), 0x6b, ...set(COUNT), 0x0c, 0, 0x0b, 0x0b],
  ];
  return functionBody(
    [
      [2, I32],
      [2 * LANES + 5, V128],
    ],
    [code],
  );
}

export interface BlockHasher {
  /** The first bytes belong to the module; blocks go to `HEAP` and above. */
  readonly memory: WasmMemory;
  /** Hashes `count` blocks of 128 bytes at `input`; digests go to `output`, which may be `input`. Writes up to 32 bytes too many. */
  readonly hash128: (input: number, count: number, output: number) => void;
  /** The same for blocks of 64 bytes. */
  readonly hash64: (input: number, count: number, output: number) => void;
}

/** First byte of the memory that the caller may use. */
export const HEAP = 256;

export function createBlockHasher(pages: number): BlockHasher {
  const module = moduleOf({
    type: [functionType([I32, I32, I32], [])],
    function: [[0], [0]],
    memory: [[0, ...unsigned(pages)]],
    export: [exported.memory("memory"), exported.function("hash128", 0), exported.function("hash64", 1)],
    code: [hashFunction(16), hashFunction(8)],
    data: [[0, ...i32(0), 0x0b, ...unsigned(8 * ROUNDS), ...roundConstants()]],
  });
  return new wasm.Instance(module).exports as BlockHasher;
}
