import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { amountOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor, orchestratorOf } from "./account.ts";
import { approve, requireBalance } from "./allowance.ts";

interface Arguments extends WriteArguments {
  readonly amount: string;
  readonly orchestrator: string;
}

/** `npx hardhat stake bond`: allows BondingManager to take the amount, if it may not yet, and bonds it. */
export default async function bond(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { orchestrator: string; amount: bigint; fromRound: bigint }> {
  const amount = amountOf(args.amount);
  const actor = await openActor(args, hre);
  const { contracts, bonding } = actor;
  const orchestrator = await orchestratorOf(actor, args.orchestrator);
  await requireRegistered(contracts, orchestrator);
  await requireBalance(actor, amount);
  await approve(actor, amount, () => bonding.bond.staticCall(amount, orchestrator));
  const receipt = await mined(bonding.bond(amount, orchestrator));
  const fromRound = (await contracts.rounds.currentRound()) + 1n;
  return tell(receipt, {
    json: args.json,
    text: `${lpt(amount)} are bonded behind ${orchestrator}, active from round ${fromRound} on`,
    data: { orchestrator, amount, fromRound },
  });
}
