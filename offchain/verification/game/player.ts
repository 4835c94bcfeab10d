import { encodeState } from "../../vm/state.ts";
import { ARITY, type Answer, type List, type Run } from "./interface.ts";
import { shownOf } from "./lists.ts";

/** {1} Least number of at least 2 with arity^depth ≥ steps: how many lists a game about a run of `steps` has at most. */
export function depthOf(steps: bigint, arity = ARITY): number {
  let depth = 2;
  for (let reach = BigInt(arity) ** 2n; reach < steps; reach *= BigInt(arity)) depth += 1;
  return depth;
}

/** What a challenger says: the states at the start of the run and at the ends of the parts of arity^depth steps. */
export async function firstList(run: Run, depth: number, arity = ARITY): Promise<List> {
  const hashes = await run.hashesAt([0n, ...endsOf(0n, depth, arity)]);
  return { hashes, from: 0n, level: depth };
}

/**
 * The answer of a side that knows the run to a list of the other side. Who is right always has one: it agrees with the first hash and
 * disagrees with the last.
 *
 * @returns null if nothing in the list is wrong: this side is not right.
 */
export async function answerTo(run: Run, list: List, arity = ARITY): Promise<Answer | null> {
  const { hashes, from, level } = list;
  const own = await run.hashesAt(endsOf(from, level, arity));
  const wrong = own.findIndex((hash, i) => hash !== hashes[i + 1]);
  if (wrong === -1) return null;
  const pick = wrong + 1;
  const shown = shownOf(hashes, pick);
  const begin = from + BigInt(wrong) * partOf(level, arity);
  if (level === 1) {
    const { state, proof } = await run.witnessAt(begin);
    return { kind: "prove", pick, shown, state: encodeState(state), proof };
  }
  const inner = await run.hashesAt(endsOf(begin, level - 1, arity));
  const next = { hashes: [hashes[wrong]!, ...inner], from: begin, level: level - 1 };
  return { kind: "move", pick, shown, hashes: inner, next };
}

/** The list that a move of the other side leads to. */
export function listAfter(list: List, pick: number, hashes: readonly string[], arity = ARITY): List {
  return {
    hashes: [list.hashes[pick - 1]!, ...hashes],
    from: list.from + BigInt(pick - 1) * partOf(list.level, arity),
    level: list.level - 1,
  };
}

/** {1} Steps in one part of a range. */
const partOf = (level: number, arity: number): bigint => BigInt(arity) ** BigInt(level - 1);

/** {1} Steps from the start to the ends of the parts. */
function endsOf(from: bigint, level: number, arity: number): bigint[] {
  return Array.from({ length: arity }, (_, i) => from + BigInt(i + 1) * partOf(level, arity));
}
