import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor, orchestratorOf } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly orchestrator: string;
}

/** `npx hardhat stake reward`: anybody may. */
export default async function reward(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { orchestrator: string; totalStake: bigint }> {
  const actor = await openActor(args, hre);
  const { contracts, bonding } = actor;
  const orchestrator = await orchestratorOf(actor, args.orchestrator);
  await requireRegistered(contracts, orchestrator);
  const receipt = await mined(bonding.reward(orchestrator));
  const { totalStake } = await contracts.bonding.getOrchestrator(orchestrator);
  return tell(receipt, {
    json: args.json,
    text: `${orchestrator} is up to date: ${lpt(totalStake)} stand behind it`,
    data: { orchestrator, totalStake },
  });
}
