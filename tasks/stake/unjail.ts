import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { mined, tell } from "../common/output.ts";
import { openActor } from "./account.ts";

/** `npx hardhat stake unjail` */
export default async function unjail(
  args: WriteArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { activeNext: boolean }> {
  const { contracts, address, bonding } = await openActor(args, hre);
  const receipt = await mined(bonding.unjail());
  const { activeNext } = await contracts.bonding.getOrchestrator(address);
  return tell(receipt, {
    json: args.json,
    text: `${address} is out of jail, and ${activeNext ? "active from the next round on" : "not active: the stake behind it is below a minimum"}`,
    data: { activeNext },
  });
}
