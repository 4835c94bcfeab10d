import { id } from "ethers";
import type { List } from "../../../offchain/verification/game/interface.ts";
import { shownOf } from "../../../offchain/verification/game/lists.ts";
import type { Shown } from "../../../sim/model/disputes/lists.ts";
import type { Flaw } from "./steps.ts";

/** What is shown of a list: of the one that is answered, or what somebody may try instead. */
export function show({ hashes }: List, pick: number, flaw: Flaw, old: List | undefined, n: number): Shown {
  const shown = shownOf(hashes, pick);
  switch (flaw) {
    case "list changed": {
      const at = n % shown.length;
      return { pick: BigInt(pick), shown: shown.with(at, id(`instead of ${shown[at]}`)) };
    }
    case "list short":
      return { pick: BigInt(pick), shown: shown.slice(0, -1) };
    case "list old":
      return { pick: BigInt(pick), shown: shownOf(old?.hashes ?? [...hashes].reverse(), pick) };
    case "pick zero":
      return { pick: 0n, shown };
    case "pick beyond":
      return { pick: BigInt(hashes.length), shown };
    case "pick beside":
      return { pick: BigInt((pick % (hashes.length - 1)) + 1), shown };
    default:
      return { pick: BigInt(pick), shown };
  }
}

/** The same as the contract takes it. */
export const shownArgs = ({ pick, shown }: Shown): readonly unknown[] => [pick, shown];
