// What two modules that are built here share of WebAssembly's binary format: core specification 2.0, section 5.

/** Bytes of code or of a section. */
export type Bytes = readonly number[];

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

export const vector = (items: readonly Bytes[]): number[] => [...unsigned(items.length), ...items.flat()];
export const text = (name: string): number[] => [...unsigned(name.length), ...Buffer.from(name)];

/** A section's number in the format. */
const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10, data: 11 } as const;

/** A module of these sections, given in the order of the format. */
export function moduleOf(sections: Partial<Record<keyof typeof SECTION, readonly Bytes[]>>): object {
  const bytes = Object.entries(sections).flatMap(([name, items]) => {
    const body = vector(items);
    return [[SECTION[name as keyof typeof SECTION]], unsigned(body.length), body];
  });
  return new wasm.Module(Uint8Array.from([[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], ...bytes].flat()));
}

export const functionType = (parameters: readonly number[], results: readonly number[]): number[] => [
  0x60,
  ...vector(parameters.map((type) => [type])),
  ...vector(results.map((type) => [type])),
];

/** A function's body. @param locals how many of which type, in their order behind the parameters */
export function functionBody(locals: readonly (readonly [count: number, type: number])[], code: Bytes): number[] {
  const head = vector(locals.map(([count, type]) => [...unsigned(count), type]));
  return [...unsigned(head.length + code.length + 1), ...head, ...code, END];
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
