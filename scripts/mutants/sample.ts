import type { Mutant } from "./mutants.ts";

type Subject = Pick<Mutant, "operator" | "contract" | "function">;

/**
 * All candidates in the order in which they are tried. At every point the operators have had equally many turns, then
 * the contracts, then the functions, as far as there are candidates; the seed decides the rest.
 */
export function orderFairly<T extends Subject>(candidates: readonly T[], seed: number): T[] {
  const rest = shuffled(candidates, seed);
  const turns = new Map<string, number>();
  const ordered: T[] = [];
  while (rest.length > 0) {
    let best = 0;
    for (let i = 1; i < rest.length; i += 1) if (isBefore(turns, rest[i]!, rest[best]!)) best = i;
    const [chosen] = rest.splice(best, 1);
    for (const key of keysOf(chosen!)) turns.set(key, (turns.get(key) ?? 0) + 1);
    ordered.push(chosen!);
  }
  return ordered;
}

/** From the most to the least important. */
const keysOf = ({ operator, contract, function: name }: Subject): string[] => [
  operator,
  `${contract}:`,
  `${operator} in ${contract}`,
  `${contract}.${name}`,
];

function isBefore(turns: ReadonlyMap<string, number>, a: Subject, b: Subject): boolean {
  const others = keysOf(b);
  for (const [i, key] of keysOf(a).entries()) {
    const difference = (turns.get(key) ?? 0) - (turns.get(others[i]!) ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomFrom(seed);
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Mulberry32: uniform in [0, 1), the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
