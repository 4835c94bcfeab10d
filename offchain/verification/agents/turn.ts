import type { List, Run } from "../game/interface.ts";
import { listRoot } from "../game/lists.ts";
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
  game: GameState,
): Promise<Next> {
  let list = firstListOf(made);
  for (const { pick, hashes } of await court.moves(made, defender)) list = listAfter(list, pick, hashes);
  if (listRoot(list.hashes) !== game.listRoot) return "wait";
  const answer = await answerTo(run, list);
  if (answer === null) return "noAnswer";
  if (answer.kind === "prove") return { made, defender, ...answer };
  const { next: _, ...move } = answer;
  return { made, defender, ...move };
}
