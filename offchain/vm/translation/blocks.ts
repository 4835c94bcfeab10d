import type { Code } from "../code.ts";
import { decode, type Instruction } from "../instructions.ts";

/** {1} Most instructions of a region: what lies beyond is left to others. */
const MOST_INSTRUCTIONS = 20_000;

/** Instructions that are executed one after the other. */
export interface Block {
  /** {word} */
  readonly start: number;
  /** Null: no instruction; a run leaves there. */
  readonly instructions: readonly (Instruction | null)[];
  /** {word} Where a run may go on within the region: first where it falls through to, then where a branch leads. */
  readonly next: readonly number[];
}

/** What can be reached from a word without a call: blocks by their first words. */
export interface Region {
  /** {word} */
  readonly entry: number;
  readonly blocks: ReadonlyMap<number, Block>;
}

/** A program, instruction by instruction; of word numbers up to the code's length. */
export class Listing {
  readonly length: number;
  readonly #words: DataView;
  readonly #instructions = new Map<number, Instruction | null>();

  constructor(program: Uint8Array, { length }: Pick<Code, "length">) {
    this.length = length;
    const bytes = new Uint8Array(4 * length);
    bytes.set(program.subarray(0, 4 * length));
    this.#words = new DataView(bytes.buffer);
  }

  /** Null where there is none. */
  at(word: number): Instruction | null {
    if (word < 0 || word >= this.length) return null;
    let instruction = this.#instructions.get(word);
    if (instruction === undefined) {
      instruction = decode(this.#words.getInt32(4 * word, true));
      this.#instructions.set(word, instruction);
    }
    return instruction;
  }
}

/** {word} Where `jal` and branches lead; null where they trap or leave the code. */
export function targetOf(
  instruction: { readonly immediate: number },
  word: number,
  { length }: Listing,
): number | null {
  const target = word + instruction.immediate / 4;
  return Number.isInteger(target) && target >= 0 && target < length ? target : null;
}

/** {word} Where a run has to be able to begin: at the start, where calls lead, and behind system calls, which are somebody else's. */
export function entriesOf(listing: Listing): number[] {
  const entries = new Set([0]);
  for (let word = 0; word < listing.length; word += 1) {
    const instruction = listing.at(word);
    if (instruction?.kind === "ecall") entries.add(word + 1);
    if (instruction?.kind !== "jal" || instruction.rd === 0) continue;
    const target = targetOf(instruction, word, listing);
    if (target !== null) entries.add(target);
  }
  return [...entries].filter((word) => listing.at(word) !== null);
}

/** {word} Where a run may go on within the region after this instruction; null if simply with the next one. */
function successors(instruction: Instruction | null, word: number, listing: Listing): readonly number[] | null {
  switch (instruction?.kind) {
    case undefined:
    case "ecall":
    case "jalr":
      return [];
    case "jal": {
      if (instruction.rd !== 0) return [word + 1];
      const target = targetOf(instruction, word, listing);
      return target === null ? [] : [target];
    }
    case "branch": {
      const target = targetOf(instruction, word, listing);
      return target === null ? [word + 1] : [word + 1, target];
    }
    default:
      return null;
  }
}

export function regionAt(entry: number, listing: Listing): Region {
  const reached = new Set<number>();
  const starts = new Set([entry]);
  const pending = [entry];
  for (let word = pending.pop(); word !== undefined && reached.size < MOST_INSTRUCTIONS; word = pending.pop()) {
    if (reached.has(word)) continue;
    reached.add(word);
    const next = successors(listing.at(word), word, listing);
    for (const to of next ?? []) starts.add(to);
    pending.push(...(next ?? [word + 1]));
  }
  const blocks = new Map<number, Block>();
  for (const start of starts) if (reached.has(start)) blocks.set(start, blockAt(start, { reached, starts }, listing));
  return { entry, blocks };
}

function blockAt(
  start: number,
  { reached, starts }: { readonly reached: ReadonlySet<number>; readonly starts: ReadonlySet<number> },
  listing: Listing,
): Block {
  const instructions: (Instruction | null)[] = [];
  for (let word = start; ; word += 1) {
    const instruction = listing.at(word);
    instructions.push(instruction);
    const next = successors(instruction, word, listing);
    if (next === null && reached.has(word + 1) && !starts.has(word + 1)) continue;
    return { start, instructions, next: (next ?? [word + 1]).filter((to) => reached.has(to)) };
  }
}
