import { exported, functionType, I32, moduleOf, text, unsigned, wasm, type WasmMemory } from "../../wasm/encoding.ts";
import { type Listing, type Region, regionAt, targetOf } from "./blocks.ts";
import { type Callee, registersOf, RegionWriter } from "./region.ts";

/** Executes up to `left` steps of the registers in memory, with up to `depth` calls in one another. */
export type Translated = (left: number, depth: number) => [at: number, left: number];

/** A function with what it and those that it calls do to registers. */
export interface Translation extends Omit<Callee, "index"> {
  readonly run: Translated;
}

/** What is imported before the functions that are made. */
const MEMORY_IMPORT = (pages: number): number[] => [
  ...text("m"),
  ...text("m"),
  2,
  1,
  ...unsigned(pages),
  ...unsigned(pages),
];
const nameOf = (word: number): string => String(word);

/**
 * Translates the regions that begin at these words into one module over the memory.
 * @param pages {1} of the memory: 64 KiB each
 * @param known earlier translations, which may be called; the new ones are added
 */
export function translateAt(
  entries: readonly number[],
  listing: Listing,
  known: Map<number, Translation>,
  { memory, pages }: { readonly memory: WasmMemory; readonly pages: number },
): void {
  const regions = entries.map((entry) => regionAt(entry, listing));
  const calls = regions.map((region) => callsOf(region, listing));
  const imported = [...new Set(calls.flat())].filter((word) => known.has(word) && !entries.includes(word));

  const callees = new Map<number, Callee>();
  imported.forEach((word, index) => {
    const { touched, written } = known.get(word)!;
    callees.set(word, { index, touched, written });
  });
  const touches = closure(regions, calls, callees, (read, written) => [...read, ...written]);
  const writes = closure(regions, calls, callees, (_, written) => written);
  entries.forEach((word, i) =>
    callees.set(word, { index: imported.length + i, touched: touches[i]!, written: writes[i]! }),
  );

  const type = [0];
  const module = moduleOf({
    type: [functionType([I32, I32], [I32, I32])],
    import: [MEMORY_IMPORT(pages), ...imported.map((word) => [...text("f"), ...text(nameOf(word)), 0, ...type])],
    function: entries.map(() => type),
    export: entries.map((word, i) => exported.function(nameOf(word), imported.length + i)),
    code: regions.map((region) => new RegionWriter(region, listing, (word) => callees.get(word)).write()),
  });
  const functions = Object.fromEntries(imported.map((word) => [nameOf(word), known.get(word)!.run]));
  const made = new wasm.Instance(module, { m: { m: memory }, f: functions }).exports as Record<string, Translated>;
  for (const word of entries) {
    const { touched, written } = callees.get(word)!;
    known.set(word, { run: made[nameOf(word)]!, touched, written });
  }
}

/** {word} Where a region's calls lead. */
function callsOf({ blocks }: Region, listing: Listing): number[] {
  return [...blocks.values()].flatMap(({ start, instructions }) => {
    const last = instructions.at(-1);
    if (last?.kind !== "jal" || last.rd === 0) return [];
    return targetOf(last, start + instructions.length - 1, listing) ?? [];
  });
}

/** Of each region, registers that it uses in a way, or something that it calls does. */
function closure(
  regions: readonly Region[],
  calls: readonly (readonly number[])[],
  imported: ReadonlyMap<number, Callee>,
  used: (read: readonly number[], written: readonly number[]) => readonly number[],
): Set<number>[] {
  const sets = regions.map(({ blocks }, i) => {
    const set = new Set<number>();
    for (const { instructions } of blocks.values()) {
      for (const { read, written } of instructions.map(registersOf))
        for (const register of used(read, written)) set.add(register);
    }
    for (const word of calls[i]!) {
      const callee = imported.get(word);
      if (callee === undefined) continue;
      for (const register of used([...callee.touched], [...callee.written])) set.add(register);
    }
    return set;
  });
  const indexOf = new Map(regions.map(({ entry }, i) => [entry, i]));
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    sets.forEach((set, i) => {
      const before = set.size;
      for (const word of calls[i]!) {
        const index = indexOf.get(word);
        if (index !== undefined) for (const register of sets[index]!) set.add(register);
      }
      hasGrown ||= set.size > before;
    });
  }
  return sets;
}
