import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { tell } from "../common/output.ts";
import { openActor } from "./account.ts";
import { describe, leave } from "./leave.ts";
import type { Lock } from "./locks.ts";

interface Arguments extends WriteArguments {
  readonly amount: string;
}

/** `npx hardhat stake unbond` */
export default async function unbond(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { paid: bigint; locks: readonly Lock[] }> {
  const actor = await openActor(args, hre);
  const { receipt, paid, locks } = await leave(actor, args.amount);
  return tell(receipt, {
    json: args.json,
    text: describe({ paid, locks }, await actor.contracts.now()).join("\n"),
    data: { paid, locks },
  });
}
