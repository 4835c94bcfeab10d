import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf, etherOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { networkOption } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { eth, mined, settle, tell } from "../common/output.ts";
import type { Payer } from "./account.ts";
import { openPayer } from "./account.ts";

interface Arguments extends WriteArguments {
  readonly recipient: string;
  readonly amount: string;
  readonly cancel: boolean;
}

/** What leaves, and from which round on it can be withdrawn; 0 = nothing any more. */
type Unlocking = Sent & { amount: bigint; round: bigint };

/** `npx hardhat pm unlock` */
export default async function unlock(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<Unlocking> {
  const payer = await openPayer(args, hre);
  if (args.recipient !== "") return reduce(args, payer, await networkOption(hre));

  const { contracts, broker, address } = payer;
  if (args.cancel) {
    return settle(broker.cancelUnlock(), {
      json: args.json,
      text: `deposit and escrow of ${address} are locked again`,
      data: { amount: 0n, round: 0n },
    });
  }
  const receipt = await mined(broker.unlock());
  const { deposit, escrow, withdrawRound: round } = await contracts.broker.getSender(address);
  return tell(receipt, {
    json: args.json,
    text:
      `${eth(deposit)} and ${eth(escrow)} of escrow can be withdrawn from round ${round} on; tickets are paid until then.\n` +
      `Then: npx hardhat pm withdraw${await networkOption(hre)}`,
    data: { amount: deposit + escrow, round },
  });
}

async function reduce(args: Arguments, { contracts, broker, address }: Payer, network: string): Promise<Unlocking> {
  const recipient = addressOf(args.recipient);
  const before = await contracts.broker.allocationOf(address, recipient);
  const amount = args.cancel ? 0n : args.amount === "all" ? before.amount : etherOf(args.amount);
  const receipt = await mined(broker.reduceAllocation(recipient, amount));
  const { releaseRound: round } = await contracts.broker.allocationOf(address, recipient);
  return tell(receipt, {
    json: args.json,
    text:
      amount === 0n
        ? `the whole allocation for ${recipient} stays`
        : `${eth(amount)} of the allocation for ${recipient} can go back to the deposit from round ${round} on.\n` +
          `Then: npx hardhat pm withdraw --recipient ${recipient}${network}`,
    data: { amount, round },
  });
}
