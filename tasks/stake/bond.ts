import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { amountOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { revertData, TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { lpt, mined, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import type { Actor } from "./account.ts";
import { openActor, orchestratorOf } from "./account.ts";

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
  await approve(actor, amount, orchestrator);
  const receipt = await mined(bonding.bond(amount, orchestrator));
  const fromRound = (await contracts.rounds.currentRound()) + 1n;
  return tell(receipt, {
    json: args.json,
    text: `${lpt(amount)} are bonded behind ${orchestrator}, active from round ${fromRound} on`,
    data: { orchestrator, amount, fromRound },
  });
}

async function requireBalance({ contracts, address }: Actor, amount: bigint): Promise<void> {
  const balance = await contracts.token.balanceOf(address);
  if (balance < amount) throw new TaskError(`${address} has ${lpt(balance)}, not ${lpt(amount)}`);
}

/** Allows the exact amount, once nothing but the allowance is missing. */
async function approve({ contracts, signer, address, bonding }: Actor, amount: bigint, to: string): Promise<void> {
  const { token } = contracts;
  if ((await token.allowance(address, bonding)) >= amount) return;
  const refusal: unknown = await bonding.bond.staticCall(amount, to).catch((error: unknown) => error);
  const { selector } = token.interface.getError("ERC20InsufficientAllowance")!;
  if (revertData(refusal)?.startsWith(selector) !== true) throw refusal;
  await mined(token.connect(signer).approve(bonding, amount));
}
