import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { etherOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { eth, type Sent, settle } from "../common/output.ts";
import { openOwner } from "./owner.ts";

interface Arguments extends WriteArguments {
  readonly escrow: string;
}

/** `npx hardhat alpha move-deposit` */
export default async function (args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Sent & { amount: bigint }> {
  const escrow = etherOf(args.escrow);
  const { deposits, address } = await openOwner(args, hre);
  const { deposit: amount } = await deposits.broadcasters(address);
  const text = `${eth(amount)} of the alpha's deposit are in the TicketBroker, ${eth(escrow)} of it as escrow`;
  return settle(deposits.moveDeposit(escrow), { json: args.json, text, data: { amount } });
}
