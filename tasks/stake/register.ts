import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { percentOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, percent, settle } from "../common/output.ts";
import { openActor } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly rewardCut: string;
  readonly feeShare: string;
}

/** `npx hardhat stake register` */
export default async function register(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { rewardCut: bigint; feeShare: bigint }> {
  const rewardCut = percentOf(args.rewardCut);
  const feeShare = percentOf(args.feeShare);
  const { contracts, address, bonding } = await openActor(args, hre);
  const { minimumStake, minimumSelfStake } = await contracts.bonding.parameters();
  return settle(bonding.register(rewardCut, feeShare), {
    json: args.json,
    text:
      `${address} is an orchestrator, with a reward cut of ${percent(rewardCut)} and a fee share of ${percent(feeShare)}.\n` +
      `It is active from the round after ${lpt(minimumStake)} stand behind it, ${lpt(minimumSelfStake)} of them its own`,
    data: { rewardCut, feeShare },
  });
}
