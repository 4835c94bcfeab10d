// What two modules that are built here share of WebAssembly's binary format: core specification 2.0, section 5.

/** Bytes of code. */
export type Bytes = readonly number[];
/** Bytes of a section or of a part of it, of which there may be many. */
type Part = Bytes | Uint8Array;

/** What is used of the platform's WebAssembly; its full types come only with a browser's. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface Platform {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => WasmMemory;
}

declare const WebAssembly: Platform;
export const wasm = WebAssembly;

export const WASM_PAGE_BYTES = 65_536;

export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;

/** {1} From 0 to 2^32 − 1. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** {1} A signed word. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

function concat(parts: readonly Part[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));
}

const vector = (items: readonly Part[]): Uint8Array => concat([unsigned(items.length), ...items]);
export const text = (name: string): number[] => [...unsigned(name.length), ...Buffer.from(name)];

/** A section's number in the format. */
const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10, data: 11 } as const;

/** A module of these sections, given in the order of the format. */
export function moduleOf(sections: Partial<Record<keyof typeof SECTION, readonly Part[]>>): object {
  const parts = Object.entries(sections).flatMap(([name, items]) => {
    const body = vector(items);
    return [[SECTION[name as keyof typeof SECTION]], unsigned(body.length), body];
  });
  return new wasm.Module(concat([[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], ...parts]));
}

export const functionType = (parameters: readonly number[], results: readonly number[]): number[] => [
  0x60,
  ...unsigned(parameters.length),
  ...parameters,
  ...unsigned(results.length),
  ...results,
];

/** A function with its body. @param locals how many of which type, in their order behind the parameters */
export function functionBody(
  locals: readonly (readonly [count: number, type: number])[],
  code: readonly Bytes[],
): Uint8Array {
  const head = vector(locals.map(([count, type]) => [...unsigned(count), type]));
  const body = concat([head, ...code, [END]]);
  return concat([unsigned(body.length), body]);
}

export const exported = {
  function: (name: string, index: number): number[] => [...text(name), 0, ...unsigned(index)],
  memory: (name: string): number[] => [...text(name), 2, 0],
};

export const END = 0x0b;
export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number): number[] => [0x21, ...unsigned(local)];
export const tee = (local: number): number[] => [0x22, ...unsigned(local)];
export const i32 = (value: number): number[] => [0x41, ...signed(value)];
