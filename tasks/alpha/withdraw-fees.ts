import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import { accountOf } from "../common/context.ts";
import { eth, type Sent, settle } from "../common/output.ts";
import { openOwner } from "./owner.ts";

interface Arguments extends WriteArguments {
  readonly recipient: string;
}

/** `npx hardhat alpha withdraw-fees` */
export default async function (args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Sent & { amount: bigint }> {
  const { bonding, views, address } = await openOwner(args, hre);
  const recipient = args.recipient === "" ? address : await accountOf(hre, args.recipient);
  const { fees: amount } = await views.alphaPositionOf(address);
  const text = `${eth(amount)} of the alpha's fees are paid to ${recipient}`;
  return settle(bonding.withdrawAlphaFees(recipient), { json: args.json, text, data: { amount } });
}
