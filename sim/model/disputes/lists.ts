import { concat, keccak256 } from "ethers";
import { need } from "../refusal.ts";
import { needWithin } from "./parameters.ts";

/** {1} Into how many parts a move divides a range. */
export const ARITY = 16n;

/** What stands at the ends of the part of a list about which its author and the other side disagree. */
export interface Part {
  /** Both say so. */
  readonly agreed: string;
  readonly disputed: string;
}

/** What is kept of a list. */
export const commitmentTo = (list: readonly string[]): string => keccak256(concat(list));

/** The part that ends at `pick`; refuses what is not the list of the commitment. */
export function partOf(list: readonly string[], pick: bigint, commitment: string): Part {
  need(BigInt(list.length) === ARITY + 1n, "DisputeGameListLength", BigInt(list.length), ARITY + 1n);
  const have = commitmentTo(list);
  need(have === commitment, "DisputeGameListMismatch", have, commitment);
  needWithin(pick, 1n, ARITY);
  return { agreed: list[Number(pick) - 1]!, disputed: list[Number(pick)]! };
}

/** The commitment to the list that stands instead of that part; refuses hashes that dispute nothing. */
export function replaced({ agreed, disputed }: Part, hashes: readonly string[]): string {
  need(BigInt(hashes.length) === ARITY, "DisputeGameListLength", BigInt(hashes.length), ARITY);
  need(hashes.at(-1) !== disputed, "DisputeGameNoDisagreement", disputed);
  return commitmentTo([agreed, ...hashes]);
}
