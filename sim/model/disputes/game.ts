import type { Address } from "../money.ts";
import { need } from "../refusal.ts";
import type { Claim } from "./claim.ts";

export type Side = "challenger" | "defender";

export const Stage = {
  None: 0n,
  ChallengersTurn: 1n,
  DefendersTurn: 2n,
  Lost: 3n,
  Won: 4n,
  Released: 5n,
} as const;

/** The game of one defender against one challenge. */
export interface Game {
  stage: bigint;
  /** {1} The list is of 16^level steps. */
  level: bigint;
  /** Of the last list. */
  listRoot: string;
  /** {s} When the last move was made. */
  since: bigint;
  /** {s} What is left. */
  readonly clocks: Record<Side, bigint>;
  /** {gwei/gas} */
  readonly gasPriceCap: bigint;
  /** {gwei ETH} Of each side's moves so far. */
  readonly costs: Record<Side, bigint>;
}

/** One that begins with the defence, which has to come within one clock and takes what has passed from its own. */
export function gameOf({ openedAt, clock, depth, gasPriceCap }: Claim, now: bigint): Game {
  const passed = now - openedAt;
  need(passed <= clock, "DisputeGameClock", passed, clock);
  return {
    stage: Stage.ChallengersTurn,
    level: depth - 1n,
    listRoot: "",
    since: now,
    clocks: { challenger: clock, defender: clock - passed },
    gasPriceCap,
    costs: { challenger: 0n, defender: 0n },
  };
}

/** Whose turn it is; null if none is being played. */
export function turnOf(game: Game | undefined): Side | null {
  if (game?.stage === Stage.ChallengersTurn) return "challenger";
  return game?.stage === Stage.DefendersTurn ? "defender" : null;
}

/** {s} Since the last move, and what the side that is to move had left then. */
export function clockOf(game: Game, side: Side, now: bigint): { passed: bigint; left: bigint } {
  return { passed: now - game.since, left: game.clocks[side] };
}

/** Refuses a game that is not being played, and says who is to move. */
export function needPlayed(game: Game | undefined, id: string, defender: Address): { game: Game; side: Side } {
  const side = turnOf(game);
  need(game !== undefined && side !== null, "DisputeGameNotPlayed", id, defender, game?.stage ?? Stage.None);
  return { game, side };
}

/** {s} What the side that is to move has left now; refuses when its time is over. */
export function timeLeft(game: Game, side: Side, now: bigint): bigint {
  const { passed, left } = clockOf(game, side, now);
  need(passed <= left, "DisputeGameClock", passed, left);
  return left - passed;
}
