import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { WriteArguments } from "../common/context.ts";
import { eth, type Sent, settle } from "../common/output.ts";
import { openOwner } from "./owner.ts";

/** `npx hardhat alpha withdraw-deposit` */
export default async function (
  args: WriteArguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { amount: bigint }> {
  const { deposits, address } = await openOwner(args, hre);
  const { deposit: amount } = await deposits.broadcasters(address);
  const text = `${eth(amount)} of the alpha's deposit are paid to ${address}`;
  return settle(deposits.withdrawDeposit(), { json: args.json, text, data: { amount } });
}
