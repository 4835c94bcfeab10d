import { id } from "ethers";
import type { List } from "../../../offchain/verification/game/interface.ts";
import type { Answer } from "../../../sim/model/disputes/disputes.ts";
import type { Flaw } from "./steps.ts";

/** What is handed in of a list: the one that is answered, or what somebody may try instead of it. */
export function handIn(
  { hashes }: List,
  pick: number,
  flaw: Flaw,
  old: List | undefined,
): Pick<Answer, "list" | "pick"> {
  switch (flaw) {
    case "list changed": {
      const at = pick % hashes.length;
      return { list: hashes.with(at, id(`instead of ${hashes[at]}`)), pick: BigInt(pick) };
    }
    case "list short":
      return { list: hashes.slice(1), pick: BigInt(pick) };
    case "list old":
      return { list: old?.hashes ?? [...hashes].reverse(), pick: BigInt(pick) };
    case "pick zero":
      return { list: hashes, pick: 0n };
    case "pick beyond":
      return { list: hashes, pick: BigInt(hashes.length) };
    default:
      return { list: hashes, pick: BigInt(pick) };
  }
}

/** The same as the contract takes it. */
export const listArgs = ({ list, pick }: Pick<Answer, "list" | "pick">): readonly unknown[] => [list, pick];

/** The first list of a challenge, as it is announced. */
export const announcedList = (args: readonly unknown[]): readonly string[] => args[2] as readonly string[];
