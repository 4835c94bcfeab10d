import { announcedClaim } from "../../../offchain/eth/challenge-call.ts";
import { firstListOf } from "../../../offchain/verification/agents/turn.ts";
import type { List } from "../../../offchain/verification/game/interface.ts";
import { listAfter } from "../../../offchain/verification/game/player.ts";
import type { Claim } from "../../../offchain/verification/agents/interface.ts";
import { type Court, Outcome, Stage } from "../../fixtures/disputes.ts";

/** The game of one defender. */
export interface Standing {
  readonly defender: string;
  readonly stage: bigint;
  /** The last one. */
  readonly list: List;
  /** Whose turn it is; null when it is over. */
  readonly mover: string | null;
  /** {s, Unix} Last second in which the mover can move. */
  readonly until: bigint;
}

/** A challenge with its games. */
export interface Dispute {
  readonly id: string;
  readonly claim: Claim;
  readonly outcome: bigint;
  /** The challenger's. */
  readonly list: List;
  readonly games: readonly Standing[];
}

/** All that was ever disputed, as log and contract tell it: nothing that a player could have been told wrongly. */
export async function readDisputes({ disputes, arity }: Court): Promise<Dispute[]> {
  const [claims, moves] = await Promise.all([
    disputes.queryFilter(disputes.filters.ClaimMade()),
    disputes.queryFilter(disputes.filters.Moved()),
  ]);
  return Promise.all(
    claims.map(async ({ args, blockNumber }) => {
      const announced = announcedClaim(args, blockNumber, disputes.interface);
      const { id, claim } = announced;
      const list = firstListOf(announced);
      const lists = new Map<string, List>();
      for (const { args } of moves) {
        if (args.id !== id) continue;
        lists.set(
          args.defender,
          listAfter(lists.get(args.defender) ?? list, Number(args.pick), [...args.hashes], arity),
        );
      }
      const games = [...lists].map(async ([defender, last]): Promise<Standing> => {
        const game = await disputes.gameOf(id, claim.challenger, defender);
        const isChallengers = game.stage === Stage.ChallengersTurn;
        const isPlayed = isChallengers || game.stage === Stage.DefendersTurn;
        return {
          defender,
          stage: game.stage,
          list: last,
          mover: isPlayed ? (isChallengers ? claim.challenger : defender) : null,
          until: game.since + (isChallengers ? game.challengerClock : game.defenderClock),
        };
      });
      return { id, claim, outcome: await disputes.outcomeOf(id), list, games: await Promise.all(games) };
    }),
  );
}

/** {s, Unix} When next, after `now`, something can be done because of the clock alone; null: never. */
export function nextDeadline(disputes: readonly Dispute[], now: bigint): bigint | null {
  const times = disputes
    .filter(({ outcome }) => outcome === Outcome.Open)
    .flatMap(({ claim, games }) => {
      const played = games.filter(({ mover }) => mover !== null).map(({ until }) => until);
      return played.length > 0 ? played : [claim.openedAt + claim.clock];
    })
    .filter((time) => time >= now);
  return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b)) + 1n;
}
