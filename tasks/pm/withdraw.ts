import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { eth, settle } from "../common/output.ts";
import { openPayer } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly recipient: string;
}

/** `npx hardhat pm withdraw` */
export default async function withdraw(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { amount: bigint }> {
  const { contracts, broker, address } = await openPayer(args, hre);
  if (args.recipient !== "") {
    const recipient = addressOf(args.recipient);
    const { amount: allocated, leaving } = await contracts.broker.allocationOf(address, recipient);
    const amount = leaving < allocated ? leaving : allocated;
    return settle(broker.releaseAllocation(address, recipient), {
      json: args.json,
      text: `${eth(amount)} of the allocation for ${recipient} are in the deposit of ${address} again`,
      data: { amount },
    });
  }
  const { deposit, escrow } = await contracts.broker.getSender(address);
  return settle(broker.withdraw(), {
    json: args.json,
    text: `${eth(deposit)} and ${eth(escrow)} of escrow are withdrawn`,
    data: { amount: deposit + escrow },
  });
}
