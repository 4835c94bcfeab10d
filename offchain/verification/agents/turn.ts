import { AbiCoder, keccak256 } from "ethers";
import type { List, Run } from "../game/interface.ts";
import { answerTo, listAfter } from "../game/player.ts";
import type { Action, Court, GameState, MadeClaim } from "./interface.ts";

/** What an agent does next: an action, or why there is nothing to be done. */
export type Next = Action | "wait" | "noAnswer";

/** The challenger's list of the whole run. */
export function firstListOf({ claim, list }: MadeClaim): List {
  return { hashes: list, from: 0n, level: Number(claim.depth) };
}

/**
 * What to answer to the last list of a game; "wait" when the moves that were read lead to another list than the contract has, because the chain went on
 * or back between the two questions.
 */
export async function answerIn(
  court: Court,
  run: Run,
  made: MadeClaim,
  defender: string,
  { listHash }: GameState,
): Promise<Next> {
  let list = firstListOf(made);
  for (const { pick, hashes } of await court.moves(made, defender)) list = listAfter(list, pick, hashes);
  if (hashOf(list) !== listHash) return "wait";
  const answer = await answerTo(run, list);
  if (answer === null) return "noAnswer";
  const turn = { made, defender, list: list.hashes };
  if (answer.kind === "prove") return { ...turn, ...answer };
  const { kind, pick, hashes } = answer;
  return { ...turn, kind, pick, hashes };
}

/** As the contract hashes it: the words one after the other, without a length. */
function hashOf({ hashes }: List): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      hashes.map(() => "bytes32"),
      hashes,
    ),
  );
}
