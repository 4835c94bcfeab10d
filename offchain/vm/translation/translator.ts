import { wasm, WASM_PAGE_BYTES, type WasmMemory } from "../../wasm/encoding.ts";
import type { Code } from "../code.ts";
import { execute, type Loop, type Stop } from "../loop.ts";
import { PagedMemory } from "../paged-memory.ts";
import { entriesOf, Listing } from "./blocks.ts";
import { type Translation, translateAt } from "./module.ts";
import { CHANGES_AT, REGISTERS_AT } from "./region.ts";

/** {1} Calls in one another, each of which takes some of the stack of V8, about 1 MB. */
const MOST_DEPTH = 256;
/** {1} Steps of the interpreter before it is asked again whether a translation begins where it is. */
const SLICE = 1_024;
/** {1} Times that none does before one is made. */
const PATIENCE = 32;
/** {1} Translations that are made on the way. */
const MOST_LATER = 256;
/** {1} Words at which the program's own regions begin; more are translated when a run gets there. */
const MOST_AT_FIRST = 4_096;
/** {1} Registers. */
const COUNT = 32;
const PAGES = Math.ceil((REGISTERS_AT + 4 * COUNT) / WASM_PAGE_BYTES);

/** Memory of the machine within a memory of WebAssembly. */
export interface TranslatedMemory {
  readonly paged: PagedMemory;
  readonly whole: WasmMemory;
}

/** Of zeros. The operating system holds only what is written. */
export function createTranslatedMemory(): TranslatedMemory {
  const whole = new wasm.Memory({ initial: PAGES, maximum: PAGES });
  return { whole, paged: new PagedMemory(whole.buffer, CHANGES_AT) };
}

/** Executes a program that was translated to WebAssembly, and in the interpreter what was not. */
export class Translator implements Loop {
  /** A run that stops has to leave all calls that it is in. */
  readonly mostSteps = 2 ** 31 - 1;
  readonly #listing: Listing;
  readonly #code: Code;
  readonly #memory: TranslatedMemory;
  readonly #registers: Int32Array;
  readonly #translations = new Map<number, Translation>();
  #misses = 0;
  #later = 0;

  /** @param program the ROM's bytes from address 0 on; `code` is made of it */
  constructor(program: Uint8Array, code: Code, memory: TranslatedMemory) {
    this.#listing = new Listing(program, code);
    this.#code = code;
    this.#memory = memory;
    this.#registers = new Int32Array(memory.whole.buffer, REGISTERS_AT, COUNT);
    this.#translate(entriesOf(this.#listing).slice(0, MOST_AT_FIRST));
  }

  execute(x: Int32Array, from: number, steps: number): Stop {
    let [at, left] = [from, steps];
    while (left > 0 && at <= this.#code.length) {
      const translation = this.#translations.get(at);
      if (translation !== undefined) {
        const before = left;
        this.#registers.set(x.subarray(0, COUNT));
        [at, left] = translation.run(left, MOST_DEPTH);
        x.set(this.#registers);
        if (left < before) continue;
      } else if (++this.#misses % PATIENCE === 0 && this.#later < MOST_LATER) {
        this.#later += 1;
        this.#translate([at]);
        continue;
      }
      const wanted = Math.min(left, SLICE);
      const stop = execute(this.#code, this.#memory.paged, x, at, wanted);
      at = stop.at;
      left -= wanted - stop.left;
      if (stop.left > 0) break;
    }
    return { at, left };
  }

  #translate(entries: readonly number[]): void {
    if (entries.length === 0) return;
    translateAt(entries, this.#listing, this.#translations, { memory: this.#memory.whole, pages: PAGES });
  }
}
