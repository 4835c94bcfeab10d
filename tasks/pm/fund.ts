import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { etherOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { eth, settle } from "../common/output.ts";
import { openPayer, senderOf } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly deposit: string;
  readonly escrow: string;
  readonly sender: string;
}

/** `npx hardhat pm fund` */
export default async function fund(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { sender: string; deposit: bigint; escrow: bigint }> {
  const deposit = etherOf(args.deposit);
  const escrow = etherOf(args.escrow);
  const payer = await openPayer(args, hre);
  const sender = await senderOf(hre, args.sender, payer);
  return settle(payer.broker.fund(sender, escrow, { value: deposit + escrow }), {
    json: args.json,
    text: `${eth(deposit)} are added to the deposit of ${sender}, ${eth(escrow)} to its penalty escrow`,
    data: { sender, deposit, escrow },
  });
}
