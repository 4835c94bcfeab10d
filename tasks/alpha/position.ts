import { ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { fits } from "../../deploy/alpha/claims.ts";
import type { CommonArguments } from "../common/context.ts";
import { accountOf, networkOption } from "../common/context.ts";
import { eth, lpt, print, printFacts, printJson } from "../common/output.ts";
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
  /** Whether its next action would take more gas than a transaction has, for all the rounds that it has not claimed. */
  readonly hasToClaim: boolean;
  /** {wei ETH} */
  readonly fees: bigint;
  readonly deposit: bigint;
}

/** `npx hardhat alpha position` */
export default async function (args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Position> {
  const { ethers } = await hre.network.getOrCreate();
  const { views, bonding, deposits } = await openRemains(hre, args.dir, ethers.provider);
  const account = await accountOf(hre, args.account);
  const [{ orchestrator, stake, fees, imported }, { deposit }] = await Promise.all([
    views.alphaPositionOf(account),
    deposits.broadcasters(account),
  ]);
  const behind = orchestrator === ZeroAddress ? null : orchestrator;
  const data = bonding.interface.encodeFunctionData("importPosition", [account]);
  const hasToClaim =
    !imported && stake !== 0n && !(await fits(ethers.provider, account, { to: await bonding.getAddress(), data }));
  const position = { account, orchestrator: behind, stake, imported, hasToClaim, fees, deposit };
  if (args.json) printJson(position);
  else {
    printFacts(account, [
      ["stood behind", behind ?? "nobody"],
      ["stake at the alpha's end", `${lpt(stake)}${imported || stake === 0n ? "" : ", imported with its next action"}`],
      ["fees to be withdrawn", eth(fees)],
      ["deposit", eth(deposit)],
    ]);
    if (hasToClaim)
      print(
        `it has not claimed for more rounds than a transaction takes, so nothing it does succeeds before: npx hardhat alpha claim ${account}${await networkOption(hre, args.dir)}`,
      );
  }
  return position;
}
