import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { amountOf, percentOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, percent, tell } from "../common/output.ts";
import { openActor } from "./account.ts";
import { approve, requireBalance } from "./allowance.ts";

interface Arguments extends WriteArguments {
  readonly rewardCut: string;
  readonly feeShare: string;
  readonly amount: string;
}

/** `npx hardhat stake register`: allows BondingManager to take the amount, if it may not yet, and bonds it with the registration. */
export default async function register(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { rewardCut: bigint; feeShare: bigint; amount: bigint; activeNext: boolean }> {
  const rewardCut = percentOf(args.rewardCut);
  const feeShare = percentOf(args.feeShare);
  const amount = amountOf(args.amount);
  const actor = await openActor(args, hre);
  const { contracts, address, bonding } = actor;
  const { minimumStake, minimumSelfStake } = await contracts.bonding.parameters();
  await requireBalance(actor, amount);
  await approve(actor, amount, () => bonding.register.staticCall(rewardCut, feeShare, amount));
  const receipt = await mined(bonding.register(rewardCut, feeShare, amount));
  const { activeNext } = await contracts.bonding.getOrchestrator(address);
  return tell(receipt, {
    json: args.json,
    text:
      `${address} is an orchestrator, with a reward cut of ${percent(rewardCut)} and a fee share of ${percent(feeShare)}.\n` +
      (activeNext
        ? `It is active from the next round on, with ${lpt(amount)} of its own`
        : `It is active from the round after ${lpt(minimumStake)} stand behind it, ${lpt(minimumSelfStake)} of them its own`),
    data: { rewardCut, feeShare, amount, activeNext },
  });
}
