import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments } from "../common/context.ts";
import { accountOf } from "../common/context.ts";
import { eth, lpt, printFacts, printJson } from "../common/output.ts";
import { openRemains } from "./owner.ts";

interface Arguments extends CommonArguments {
  readonly account: string;
}

interface Position {
  readonly account: string;
  /** Null: nobody. */
  readonly orchestrator: string | null;
  /** {wei LPT} When the alpha ended. */
  readonly stake: bigint;
  /** Whether the stake is in the account's own position already; until then views count it there. */
  readonly imported: boolean;
  /** {wei ETH} */
  readonly fees: bigint;
  readonly deposit: bigint;
}

/** `npx hardhat alpha position` */
export default async function (args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Position> {
  const { ethers } = await hre.network.getOrCreate();
  const { views, deposits } = await openRemains(hre, args.dir, ethers.provider);
  const account = await accountOf(hre, args.account);
  const [{ orchestrator, stake, fees, imported }, { deposit }] = await Promise.all([
    views.alphaPositionOf(account),
    deposits.broadcasters(account),
  ]);
  const behind = orchestrator === ZeroAddress ? null : orchestrator;
  const position = { account, orchestrator: behind, stake, imported, fees, deposit };
  if (args.json) printJson(position);
  else
    printFacts(account, [
      ["stood behind", behind ?? "nobody"],
      ["stake at the alpha's end", `${lpt(stake)}${imported || stake === 0n ? "" : ", imported with its next action"}`],
      ["fees to be withdrawn", eth(fees)],
      ["deposit", eth(deposit)],
    ]);
  return position;
}
