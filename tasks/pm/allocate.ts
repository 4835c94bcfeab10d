import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf, etherOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { eth, mined, tell } from "../common/output.ts";
import { openPayer, senderOf } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly recipient: string;
  readonly amount: string;
  readonly sender: string;
}

/** `npx hardhat pm allocate` */
export default async function allocate(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { sender: string; recipient: string; amount: bigint; allocated: bigint }> {
  const recipient = addressOf(args.recipient);
  const amount = etherOf(args.amount);
  const payer = await openPayer(args, hre);
  const sender = await senderOf(hre, args.sender, payer);
  const receipt = await mined(payer.broker.fundAllocation(sender, recipient, { value: amount }));
  const { amount: allocated } = await payer.contracts.broker.allocationOf(sender, recipient);
  return tell(receipt, {
    json: args.json,
    text: `${sender} has set ${eth(allocated)} aside for the tickets of ${recipient}`,
    data: { sender, recipient, amount, allocated },
  });
}
