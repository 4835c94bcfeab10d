import { revertData } from "../../deploy/refusal.ts";
import { TaskError } from "../common/failure.ts";
import { lpt, mined } from "../common/output.ts";
import type { Actor } from "./account.ts";

export async function requireBalance({ contracts, address }: Actor, amount: bigint): Promise<void> {
  const balance = await contracts.token.balanceOf(address);
  if (balance < amount) throw new TaskError(`${address} has ${lpt(balance)}, not ${lpt(amount)}`);
}

/** Allows BondingManager the exact amount, once nothing but the allowance is missing for what `attempt` tries. */
export async function approve(
  { contracts, signer, address, bonding }: Actor,
  amount: bigint,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const { token } = contracts;
  if ((await token.allowance(address, bonding)) >= amount) return;
  const refusal: unknown = await attempt().catch((error: unknown) => error);
  const { selector } = token.interface.getError("ERC20InsufficientAllowance")!;
  if (revertData(refusal)?.startsWith(selector) !== true) throw refusal;
  await mined(token.connect(signer).approve(bonding, amount));
}
