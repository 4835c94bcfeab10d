import type { ContractTransactionResponse } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { verificationDomainOf } from "../../offchain/eth/domains.ts";
import { disputeId } from "../../offchain/verification/evidence/evidence.ts";
import type { Answer } from "../../offchain/verification/game/interface.ts";
import { answerTo } from "../../offchain/verification/game/player.ts";
import type { Account, WriteArguments } from "../common/context.ts";
import { accountOf, openAccount } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { duration, eth, type Sent, settle as sent } from "../common/output.ts";
import { gameAs, judge } from "./player.ts";
import { type Dispute, type Game, readDispute, short } from "./read.ts";
import { fateOf, standOf } from "./text.ts";

interface Arguments extends WriteArguments {
  readonly dispute: string;
  readonly evidence: string;
  readonly defender: string;
  readonly program: string;
}

export interface MadeMove extends Sent {
  readonly id: string;
  readonly defender: string;
  readonly kind: "defend" | "move" | "prove";
  /** {1} Which hash of the other side's list is wrong. */
  readonly pick: number;
}

/** `npx hardhat dispute move` */
export default async function move(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<MadeMove> {
  const account = await openAccount(args, hre);
  const dispute = await readDispute(account.contracts, args.dispute);
  const named = args.defender === "" ? null : await accountOf(hre, args.defender);
  const game =
    account.address === dispute.claim.challenger ? challengersGame(dispute, named) : ownGame(dispute, account);
  const { evidence, trace } = await judge(args.evidence, args.program);
  const id = disputeId(evidence, verificationDomainOf(account.contracts.deployment));
  if (id !== dispute.id) throw new TaskError(`${args.evidence} is evidence for another dispute, ${id}`);

  const answer = await answerTo(trace, game?.rounds.at(-1)!.list ?? dispute.list);
  if (answer === null) {
    throw new TaskError("the other side's list is what the program does: this side is not right, and has no move");
  }
  const kind = game === null ? "defend" : answer.kind;
  const defender = game?.defender ?? account.address;
  const bond = game === null ? `, with a bond of ${eth(dispute.claim.defenceBond)}` : "";
  return sent(send(account, dispute, game, answer), {
    json: args.json,
    text: `${DONE[kind]} dispute ${short(id)} with hash ${answer.pick} of ${game === null ? "the claim's" : "the last"} list${bond}`,
    data: { id, defender, kind, pick: answer.pick },
  });
}

const DONE = { defend: "defended", move: "moved in", prove: "proved" } as const;

/** The game that the challenger is to move in: of the defender that was named, or with the least time. */
function challengersGame({ games }: Dispute, named: string | null): Game {
  const waiting = games.filter(({ turn }) => turn === "challenger").sort((a, b) => Number(a.left - b.left));
  const found = named === null ? waiting[0] : waiting.find(({ defender }) => defender === named);
  if (found !== undefined) return found;
  const stands = games.map((game) => `\nThe game of ${game.defender}: ${standOf(game)}.`).join("");
  throw new TaskError(`there is no game in which the challenger is to move${stands}`);
}

/** The account's; null: it has none yet, and can begin one. */
function ownGame(dispute: Dispute, { address }: Account): Game | null {
  const own = dispute.games.find(({ defender }) => defender === address);
  if (own?.turn === "defender") return own;
  if (own !== undefined) throw new TaskError(`in the game of ${address} ${standOf(own)}`);
  if (dispute.outcome === "open" && dispute.left >= 0n) return null;
  const why = dispute.outcome === "open" ? `since ${duration(-dispute.left)}` : fateOf(dispute);
  throw new TaskError(`dispute ${short(dispute.id)} cannot be defended any more: ${why}`);
}

function send(
  account: Account,
  { id, claim }: Dispute,
  game: Game | null,
  answer: Answer,
): Promise<ContractTransactionResponse> {
  const disputes = gameAs(account);
  const { pick } = answer;
  const shown = [...answer.shown];
  if (answer.kind === "prove") {
    return disputes.prove(id, game!.defender, claim, pick, shown, answer.state, answer.proof);
  }
  const said = [...answer.hashes];
  if (game === null) return disputes.defend(id, claim, pick, shown, said, { value: claim.defenceBond });
  return disputes.move(id, claim.challenger, game.defender, pick, shown, said);
}
