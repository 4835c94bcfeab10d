import type { Region } from "./blocks.ts";

/** How the blocks of a region lie in one another. */
export interface Nesting {
  /** {1} Position in reverse postorder. */
  readonly order: ReadonlyMap<number, number>;
  /** Of each block, those that it dominates immediately and that are reached from several others, the last in order first. */
  readonly merges: ReadonlyMap<number, readonly number[]>;
  /** First blocks of loops. */
  readonly loops: ReadonlySet<number>;
  /** Where an edge goes: into a loop's next turn, to where ways meet again, straight on; or nowhere, since that loop has a second entry. */
  readonly edge: (from: number, to: number) => "again" | "merge" | "on" | "leave";
}

/** Dominators as Cooper, Harvey and Kennedy find them ("A Simple, Fast Dominance Algorithm", 2001). */
export function nestingOf({ entry, blocks }: Region): Nesting {
  const list = reversePostorder(entry, (block) => blocks.get(block)!.next);
  const order = new Map(list.map((block, i) => [block, i]));
  const predecessors = list.map(() => [] as number[]);
  list.forEach((block, i) => {
    for (const to of blocks.get(block)!.next) predecessors[order.get(to)!]!.push(i);
  });
  const dominator = dominatorsOf(predecessors);

  const dominates = (a: number, b: number): boolean => {
    let block = b;
    while (block > a) block = dominator[block]!;
    return block === a;
  };
  const loops = new Set<number>();
  const merges = new Map<number, number[]>();
  const isMerge = new Set<number>();
  predecessors.forEach((from, block) => {
    if (from.some((other) => other >= block && dominates(block, other))) loops.add(list[block]!);
    if (block === 0 || from.filter((other) => other < block).length < 2) return;
    isMerge.add(block);
    const above = list[dominator[block]!]!;
    merges.set(above, [list[block]!, ...(merges.get(above) ?? [])]);
  });
  return {
    order,
    merges,
    loops,
    edge: (from, to) => {
      const [a, b] = [order.get(from)!, order.get(to)!];
      if (b <= a) return dominates(b, a) ? "again" : "leave";
      return isMerge.has(b) ? "merge" : "on";
    },
  };
}

function reversePostorder(entry: number, next: (block: number) => readonly number[]): number[] {
  const seen = new Set([entry]);
  const done: number[] = [];
  const stack = [{ block: entry, rest: [...next(entry)] }];
  while (stack.length > 0) {
    const { block, rest } = stack.at(-1)!;
    const to = rest.pop();
    if (to === undefined) {
      done.push(block);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ block: to, rest: [...next(to)] });
    }
  }
  return done.reverse();
}

/** Immediate dominators of blocks that are numbered in reverse postorder. */
function dominatorsOf(predecessors: readonly (readonly number[])[]): number[] {
  const dominator: number[] = [0];
  const common = (a: number, b: number): number => {
    let [left, right] = [a, b];
    while (left !== right) {
      if (left > right) left = dominator[left]!;
      else right = dominator[right]!;
    }
    return left;
  };
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (let block = 1; block < predecessors.length; block += 1) {
      const known = predecessors[block]!.filter((from) => dominator[from] !== undefined);
      const found = known.reduce(common);
      if (dominator[block] === found) continue;
      dominator[block] = found;
      hasChanged = true;
    }
  }
  return dominator;
}
