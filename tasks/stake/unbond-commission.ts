import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { amountOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { mined, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor } from "./account.ts";
import { describe } from "./leave.ts";
import type { Lock } from "./locks.ts";
import { locksOf } from "./locks.ts";

interface Arguments extends WriteArguments {
  readonly amount: string;
}

/** `npx hardhat stake unbond-commission`; all: what there is at the round's beginning. */
export default async function unbondCommission(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { locks: readonly Lock[] }> {
  const asked = args.amount === "all" ? null : amountOf(args.amount);
  const { contracts, address, bonding } = await openActor(args, hre);
  await requireRegistered(contracts, address);
  const amount = asked ?? (await contracts.bonding.getOrchestrator(address)).commission;
  if (amount === 0n) throw new TaskError(`${address} has no commission to take out`);
  const receipt = await mined(bonding.unbondCommission(amount));
  const locks = await locksOf(contracts, address, receipt);
  return tell(receipt, {
    json: args.json,
    text: describe({ paid: 0n, locks }, await contracts.now()).join("\n"),
    data: { locks },
  });
}
