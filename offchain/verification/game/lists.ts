import { concat, keccak256 } from "ethers";

/** The root of a list, of which the contract keeps nothing else: of a tree over its neighbouring pairs. LIP-6, "Lists". */
export function listRoot(hashes: readonly string[]): string {
  return levelsOf(hashes).at(-1)![0]!;
}

/**
 * What a move shows of a list: the hash before the one that it picks, that one, and the siblings of their leaf up to the root, lowest first.
 *
 * @param pick {1} From 1.
 */
export function shownOf(hashes: readonly string[], pick: number): string[] {
  const index = pick - 1;
  const siblings = levelsOf(hashes)
    .slice(0, -1)
    .map((nodes, height) => nodes[(index >> height) ^ 1]!);
  return [hashes[index]!, hashes[pick]!, ...siblings];
}

/** The nodes of each height, the leaves first. */
function levelsOf(hashes: readonly string[]): string[][] {
  const levels = [hashes.slice(1).map((hash, i) => join(hashes[i]!, hash))];
  for (let nodes = levels[0]!; nodes.length > 1; levels.push(nodes))
    nodes = Array.from({ length: nodes.length / 2 }, (_, i) => join(nodes[2 * i]!, nodes[2 * i + 1]!));
  return levels;
}

const join = (left: string, right: string): string => keccak256(concat([left, right]));
