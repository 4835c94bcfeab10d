import { concat, keccak256 } from "ethers";
import { need } from "../refusal.ts";
import { needWithin } from "./parameters.ts";

/** {1} Into how many parts a move divides a range. */
export const ARITY = 16n;
/** {1} Hashes that a part is shown with: two, and one for each halving of the list. */
const SHOWN = 6n;

/** What is handed in of a list. */
export interface Shown {
  /** {1} The number in the list of the hash that is disputed, from 1. */
  readonly pick: bigint;
  /** The hash before it, itself, and what else is needed for the root: hashes of the other half of 2 parts, of 4, … */
  readonly shown: readonly string[];
}

/** What stands at the ends of the part of a list about which its author and the other side disagree. */
export interface Part {
  /** Both say so. */
  readonly agreed: string;
  readonly disputed: string;
}

const join = (left: string, right: string): string => keccak256(concat([left, right]));

/** What is kept of a list: that of its first half with that of its second, which begins where the first ends. */
export function rootOf(list: readonly string[]): string {
  if (list.length === 2) return join(list[0]!, list[1]!);
  const middle = (list.length - 1) / 2;
  return join(rootOf(list.slice(0, middle + 1)), rootOf(list.slice(middle)));
}

/** The part that is shown; refuses what is not in the list of the root. */
export function partOf({ pick, shown }: Shown, root: string): Part {
  need(BigInt(shown.length) === SHOWN, "DisputeGameListLength", BigInt(shown.length), SHOWN);
  needWithin(pick, 1n, ARITY);
  const [agreed, disputed, ...others] = shown as [string, string, ...string[]];
  const have = others.reduce(
    (half, other, height) => {
      const isSecond = ((pick - 1n) / 2n ** BigInt(height)) % 2n === 1n;
      return isSecond ? join(other, half) : join(half, other);
    },
    join(agreed, disputed),
  );
  need(have === root, "DisputeGameListMismatch", have, root);
  return { agreed, disputed };
}

/** The root of the list that stands instead of that part; refuses hashes that dispute nothing. */
export function replaced({ agreed, disputed }: Part, hashes: readonly string[]): string {
  need(BigInt(hashes.length) === ARITY, "DisputeGameListLength", BigInt(hashes.length), ARITY);
  need(hashes.at(-1) !== disputed, "DisputeGameNoDisagreement", disputed);
  return rootOf([agreed, ...hashes]);
}
