import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { mined, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor } from "./account.ts";
import { describe, leftBy } from "./leave.ts";
import type { Lock } from "./locks.ts";

/** `npx hardhat stake resign` */
export default async function resign(
  args: WriteArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { paid: bigint; locks: readonly Lock[]; activeNext: boolean }> {
  const actor = await openActor(args, hre);
  const { contracts, address, bonding } = actor;
  await requireRegistered(contracts, address);
  const [{ stake, waiting }, { commission }] = await Promise.all([
    contracts.bonding.getDelegator(address),
    contracts.bonding.getOrchestrator(address),
  ]);
  if (stake + waiting + commission === 0n) throw new TaskError(`${address} has neither stake nor commission`);
  const { receipt, paid, locks } = await leftBy(actor, await mined(bonding.resign()));
  const { activeNext } = await contracts.bonding.getOrchestrator(address);
  const lines = [
    ...describe({ paid, locks }, await contracts.now()),
    activeNext
      ? `${address} stays active: no stake of its own is asked for`
      : `${address} is not active from the next round on; it stays registered, and its delegators behind it`,
  ];
  return tell(receipt, { json: args.json, text: lines.join("\n"), data: { paid, locks, activeNext } });
}
