import { announcedClaim } from "../../offchain/eth/challenge-call.ts";
import {
  type Claim,
  type Outcome,
  OUTCOMES,
  type Role,
  type Stage,
  STAGES,
} from "../../offchain/verification/agents/interface.ts";
import { firstListOf } from "../../offchain/verification/agents/turn.ts";
import type { List } from "../../offchain/verification/game/interface.ts";
import { listAfter } from "../../offchain/verification/game/player.ts";
import type { Contracts } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";

/** A list that was handed in. */
export interface Round {
  readonly by: Role;
  /** {1} Which hash of the list before it is wrong; null: there is none before. */
  readonly pick: number | null;
  readonly list: List;
}

/** The game of one defender. */
export interface Game {
  readonly defender: string;
  readonly stage: Stage;
  /** Who is to move; null: it is over. */
  readonly turn: Role | null;
  /** {s} What who is to move has left; negative: since when it has lost, if somebody says so. 0 when it is over. */
  readonly left: bigint;
  /** {s} What each side had left after the last move. */
  readonly challengerClock: bigint;
  readonly defenderClock: bigint;
  /** {wei ETH} Of each side's moves so far. */
  readonly challengerCosts: bigint;
  readonly defenderCosts: bigint;
  /** From the challenger's list on. */
  readonly rounds: readonly Round[];
}

/** A challenge and all of its games. */
export interface Dispute {
  readonly id: string;
  readonly outcome: Outcome;
  readonly claim: Claim;
  /** The challenger's, of the whole run. */
  readonly list: List;
  /** {s, Unix} Until when a game can be begun. */
  readonly until: bigint;
  /** {s} What is left of that; negative when it has passed. */
  readonly left: bigint;
  /** {wei ETH} Bonds that defenders have lost. */
  readonly pot: bigint;
  /** {wei ETH} Of the challenger's moves, but for those in games that are being played. */
  readonly costs: bigint;
  /** {wei LPT} What was slashed, and what the challenger got of it; null: it is not over. */
  readonly end: { readonly loss: bigint; readonly bounty: bigint } | null;
  readonly games: readonly Game[];
}

/** The bond and costs that the contract keeps in gwei. */
const GWEI = 10n ** 9n;
/** Digits of a name that are shown, and enough to name a challenge by. */
const SHOWN = 14;

export const short = (hash: string): string => hash.slice(0, SHOWN);

/** All challenges, in the order in which they were opened. */
export async function readDisputes(contracts: Contracts): Promise<Dispute[]> {
  const { disputes, events } = contracts;
  const [made, settled, moved, now] = await Promise.all([
    events((...blocks) => disputes.queryFilter(disputes.filters.ClaimMade(), ...blocks)),
    events((...blocks) => disputes.queryFilter(disputes.filters.ChallengeSettled(), ...blocks)),
    events((...blocks) => disputes.queryFilter(disputes.filters.Moved(), ...blocks)),
    contracts.now(),
  ]);
  const ends = new Map(settled.map(({ args: { id, loss, bounty } }) => [id, { loss, bounty }]));
  return Promise.all(
    made.map(async ({ args, blockNumber }): Promise<Dispute> => {
      const announced = announcedClaim(args, blockNumber, disputes.interface);
      const { id, claim } = announced;
      const first = firstListOf(announced);
      const moves = moved.filter((move) => move.args.id === id).map((move) => move.args);
      const defenders = [...new Set(moves.map(({ defender }) => defender))];
      const [{ outcome, pot, costs }, games] = await Promise.all([
        disputes.challengeOf(id),
        Promise.all(
          defenders.map(async (defender) => {
            const of = moves.filter((move) => move.defender === defender);
            return gameOf(defender, await disputes.gameOf(id, claim.challenger, defender), roundsOf(first, of), now);
          }),
        ),
      ]);
      const until = claim.openedAt + claim.clock;
      return {
        id,
        outcome: OUTCOMES[Number(outcome)]!,
        claim,
        list: first,
        until,
        left: until - now,
        pot,
        costs: costs * GWEI,
        end: ends.get(id) ?? null,
        games,
      };
    }),
  );
}

/** The one whose name begins so. */
export async function readDispute(contracts: Contracts, name: string): Promise<Dispute> {
  if (!/^0x[0-9a-f]{6,64}$/i.test(name)) {
    throw new TaskError(
      `${name} is not the name of a dispute: 0x and 64 hexadecimal digits, or the first of them, at least 6`,
    );
  }
  const found = (await readDisputes(contracts)).filter(({ id }) => id.startsWith(name.toLowerCase()));
  if (found.length === 1) return found[0]!;
  throw new TaskError(
    found.length === 0
      ? `there is no dispute ${name}: \`npx hardhat dispute list\` shows which there are`
      : `the names of ${found.length} disputes begin with ${name}: say more of it`,
  );
}

/** A move as it was announced. */
interface Moved {
  readonly pick: bigint;
  readonly hashes: readonly string[];
}

/** The defender moves first, to the challenger's list. */
function roundsOf(first: List, moves: readonly Moved[]): Round[] {
  const rounds: Round[] = [{ by: "challenger", pick: null, list: first }];
  for (const [i, { pick, hashes }] of moves.entries()) {
    const list = listAfter(rounds.at(-1)!.list, Number(pick), hashes);
    rounds.push({ by: i % 2 === 0 ? "defender" : "challenger", pick: Number(pick), list });
  }
  return rounds;
}

type GameOutput = Awaited<ReturnType<Contracts["disputes"]["gameOf"]>>;

function gameOf(defender: string, game: GameOutput, rounds: readonly Round[], now: bigint): Game {
  const stage = STAGES[Number(game.stage)]!;
  const turn = stage === "challengersTurn" ? "challenger" : stage === "defendersTurn" ? "defender" : null;
  const clock = turn === "challenger" ? game.challengerClock : game.defenderClock;
  return {
    defender,
    stage,
    turn,
    left: turn === null ? 0n : clock - (now - game.since),
    challengerClock: game.challengerClock,
    defenderClock: game.defenderClock,
    challengerCosts: game.challengerCosts * GWEI,
    defenderCosts: game.defenderCosts * GWEI,
    rounds,
  };
}
