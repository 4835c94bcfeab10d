import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ARITY } from "../../offchain/verification/game/interface.ts";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { duration, eth, lpt, moment, percent, print, printJson, printTable } from "../common/output.ts";
import { type Dispute, type Game, readDispute, type Round } from "./read.ts";
import { fateOf, standOf } from "./text.ts";

interface Arguments extends CommonArguments {
  readonly dispute: string;
}

/** {1} Digits of each hash of a list, and hashes in a line. */
const [DIGITS, PER_LINE] = [8, 6];

/** `npx hardhat dispute show` */
export default async function show(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Dispute> {
  const dispute = await readDispute(await openContracts(hre, args.dir), args.dispute);
  if (args.json) printJson(dispute);
  else {
    printClaim(dispute);
    for (const game of dispute.games) printGame(game);
    if (dispute.games.length === 0) print("Nobody has defended it.");
  }
  return dispute;
}

function printClaim(dispute: Dispute): void {
  const { id, claim, until, pot, costs, end } = dispute;
  printTable(
    ["dispute", id],
    [
      ["state", fateOf(dispute)],
      ["orchestrator", claim.orchestrator],
      ["challenger", claim.challenger],
      ["service", claim.service],
      ["program", claim.program],
      ["round of the work", claim.faultRound.toString()],
      ["opened", moment(claim.openedAt)],
      ["can be defended", `until ${moment(until)}`],
      ["clock of a side", duration(claim.clock)],
      ["claimed run", `at most ${(BigInt(ARITY) ** claim.depth).toLocaleString("en")} steps, ${claim.depth} lists`],
      ["challenger's bond", eth(claim.bond)],
      ["a defender's bond", eth(claim.defenceBond)],
      ["bonds lost to it", eth(pot)],
      ["its moves so far", eth(costs)],
      ["gas is refunded", `at up to ${claim.gasPriceCap} gwei`],
      ["slash", percent(claim.slashFraction)],
      ...(end === null || end.loss === 0n
        ? []
        : [["slashed", `${lpt(end.loss)}, ${lpt(end.bounty)} of it for the challenger`]]),
    ],
  );
}

/** In each list the hash that the next one says is wrong is in brackets. */
function printGame(game: Game): void {
  const { defender, challengerClock, defenderClock, challengerCosts, defenderCosts, rounds } = game;
  print(`\nThe game of ${defender}: ${standOf(game)}`);
  printTable(
    ["by", "pick", "level", "steps", "list"],
    rounds.map((round, i) => cellsOf(round, rounds[i + 1]?.pick ?? null)),
    ["pick", "level"],
  );
  print(
    `clocks: challenger ${duration(challengerClock)}, defender ${duration(defenderClock)}; ` +
      `moves: challenger ${eth(challengerCosts)}, defender ${eth(defenderCosts)}`,
  );
}

function cellsOf({ by, pick, list }: Round, wrong: number | null): string[] {
  const to = list.from + BigInt(ARITY) ** BigInt(list.level);
  const hashes = list.hashes.map((hash, i) => {
    const digits = hash.slice(2, 2 + DIGITS);
    return i === wrong ? `[${digits}]` : ` ${digits} `;
  });
  const lines = Array.from({ length: Math.ceil(hashes.length / PER_LINE) }, (_, i) =>
    hashes.slice(i * PER_LINE, (i + 1) * PER_LINE).join(""),
  );
  const steps = `${list.from.toLocaleString("en")}\n${to.toLocaleString("en")}`;
  return [by, pick?.toString() ?? "", list.level.toString(), steps, lines.join("\n")];
}
