import type { ContractTransactionResponse } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import { openAccount } from "../common/context.ts";
import { eth, mined, print, printJson, type Sent, sentLine, sentOf } from "../common/output.ts";
import { gameAs } from "./player.ts";
import { type Dispute, readDispute, short } from "./read.ts";
import { fateOf, standOf } from "./text.ts";

interface Arguments extends WriteArguments {
  readonly dispute: string;
}

export interface Settled extends Sent {
  readonly kind: "timeout" | "settle" | "release" | "withdraw";
}

interface Due {
  readonly kind: Settled["kind"];
  readonly text: string;
  readonly send: () => Promise<ContractTransactionResponse>;
}

/** `npx hardhat dispute settle`: one transaction after the other, as long as something is due. */
export default async function settle(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Settled[]> {
  const account = await openAccount(args, hre);
  const { contracts, address } = account;
  const game = gameAs(account);
  const settled: Settled[] = [];
  let dispute = await readDispute(contracts, args.dispute);
  for (;;) {
    const due = nextOf(dispute, game) ?? withdrawalOf(await contracts.disputes.keptFor(address), game);
    if (due === null) break;
    const receipt = await mined(due.send());
    settled.push(sentOf(receipt, { kind: due.kind }));
    if (!args.json) print(sentLine(receipt, due.text));
    dispute = await readDispute(contracts, dispute.id);
  }
  if (args.json) printJson(settled);
  else {
    print(`${settled.length === 0 ? "Nothing is due. " : ""}Dispute ${short(dispute.id)}: ${fateOf(dispute)}`);
    for (const { defender, ...rest } of dispute.games)
      print(`  the game of ${defender}: ${standOf({ defender, ...rest })}`);
  }
  return settled;
}

type Contract = ReturnType<typeof gameAs>;

/** What the dispute needs next, if it can be had. */
function nextOf({ id, outcome, claim, games, left }: Dispute, disputes: Contract): Due | null {
  const played = games.filter(({ turn }) => turn !== null);
  if (outcome === "open") {
    const silent = played.find((game) => game.left < 0n);
    if (silent !== undefined) {
      const { defender, turn } = silent;
      const text = `ended the game of ${defender} by the clock: the ${turn} has lost`;
      return { kind: "timeout", text, send: () => disputes.timeout(id, defender, claim) };
    }
    if (left >= 0n || played.length > 0) return null;
    return { kind: "settle", text: "settled: nobody has refuted it", send: () => disputes.settle(id, claim) };
  }
  if (outcome !== "refuted" || played.length === 0) return null;
  const { defender } = played[0]!;
  const text = `released the bond of ${defender}, ${eth(claim.defenceBond)}`;
  return { kind: "release", text, send: () => disputes.release(id, defender, claim) };
}

function withdrawalOf(kept: bigint, disputes: Contract): Due | null {
  if (kept === 0n) return null;
  return {
    kind: "withdraw",
    text: `withdrew ${eth(kept)} that the account had not taken`,
    send: () => disputes.withdraw(),
  };
}
