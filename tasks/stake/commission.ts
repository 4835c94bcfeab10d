import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { percentOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { mined, moment, percent, tell } from "../common/output.ts";
import { openActor } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly rewardCut: string;
  readonly feeShare: string;
}

/** `npx hardhat stake commission` */
export default async function commission(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { rewardCut: bigint; feeShare: bigint; fromRound: bigint; fromTime: bigint }> {
  const rewardCut = percentOf(args.rewardCut);
  const feeShare = percentOf(args.feeShare);
  const { contracts, address, bonding } = await openActor(args, hre);
  const receipt = await mined(bonding.setCommission(rewardCut, feeShare));
  const { commissionRound: fromRound } = await contracts.bonding.getOrchestrator(address);
  const fromTime = await contracts.rounds.roundStart(fromRound);
  return tell(receipt, {
    json: args.json,
    text: `reward cut ${percent(rewardCut)} and fee share ${percent(feeShare)} bind from round ${fromRound} on, ${moment(fromTime)}`,
    data: { rewardCut, feeShare, fromRound, fromTime },
  });
}
