import { MaxUint256, ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { eth, mined, tell } from "../common/output.ts";
import type { Actor } from "./account.ts";
import { openActor } from "./account.ts";

/** {1} Rounds of fees in one transaction: far from a block's gas. */
const ROUNDS_AT_ONCE = 50n;

interface Arguments extends WriteArguments {
  readonly to: string;
}

/** `npx hardhat stake fees` */
export default async function fees(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { amount: bigint; recipient: string; roundsPulled: bigint }> {
  const actor = await openActor(args, hre);
  const { contracts, address, bonding } = actor;
  const recipient = args.to === "" ? address : addressOf(args.to);
  const open = await contracts.broker.firstOpenRound();
  const roundsPulled = await pull(actor, open);
  const amount = await contracts.bonding.claimableFees(address);
  if (amount === 0n) {
    throw new TaskError(
      `nothing to withdraw yet: fees come in when no ticket of their round can be redeemed any more, which holds for the rounds before ${open}`,
    );
  }
  const receipt = await mined(bonding.withdrawFees(recipient, MaxUint256));
  return tell(receipt, {
    json: args.json,
    text: `${eth(amount)} are sent to ${recipient}`,
    data: { amount, recipient, roundsPulled },
  });
}

/** {1} Calls in the fees of everybody behind whom the account has stood: those of one who moved stop where an earlier one's are missing. */
async function pull({ contracts, address, bonding }: Actor, open: bigint): Promise<bigint> {
  const bonded = await contracts.events((...blocks) =>
    contracts.bonding.queryFilter(contracts.bonding.filters.Bonded(address), ...blocks),
  );
  const { orchestrator } = await contracts.bonding.getDelegator(address);
  const stoodBehind = new Set([...bonded.map(({ args }) => args.orchestrator), orchestrator]);
  stoodBehind.delete(ZeroAddress);

  let total = 0n;
  for (const one of stoodBehind) {
    let pulled: bigint;
    do {
      pulled = await bonding.pullFees.staticCall(one, ROUNDS_AT_ONCE);
      const { feesBefore } = await contracts.bonding.getOrchestrator(one);
      if (pulled === 0n && (stoodBehind.size === 1 || feesBefore >= open)) break;
      await mined(bonding.pullFees(one, ROUNDS_AT_ONCE));
      total += pulled;
    } while (pulled === ROUNDS_AT_ONCE);
  }
  return total;
}
