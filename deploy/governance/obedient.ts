import { toQuantity } from "ethers";
import type { Provider } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { Deployment } from "../contracts.ts";
import { accessManagerOf } from "../status/access.ts";

/** A chain that obeys: a development chain, or a copy of another one. */
export interface Obedient {
  readonly provider: Provider & { send(method: string, params: unknown[]): Promise<unknown> };
}

/** {wei ETH} Enough for everything that an account does here. */
const PLENTY = 10n ** 20n;

/** Gives an account ETH. */
export async function give(provider: Obedient["provider"], address: string): Promise<void> {
  await provider.send("hardhat_setBalance", [address, toQuantity(PLENTY)]);
}

/** Sends as any account, also as a contract; {1} gas of the transaction. */
export async function sendAs(provider: Obedient["provider"], from: string, to: string, data: string): Promise<bigint> {
  await give(provider, from);
  await provider.send("hardhat_impersonateAccount", [from]);
  const hash = (await provider.send("eth_sendTransaction", [{ from, to, data }])) as string;
  await provider.send("hardhat_stopImpersonatingAccount", [from]);
  const receipt = await provider.getTransactionReceipt(hash);
  if (receipt?.status !== 1) throw new Error(`transaction ${hash} was reverted`);
  return receipt.gasUsed;
}

/** Calls as the administrator, with its delay, through the AccessManager; {1} gas of the call. */
export async function executeAs(
  provider: Obedient["provider"],
  deployment: Deployment,
  administrator: string,
  { target, data }: { readonly target: string; readonly data: string },
): Promise<bigint> {
  const abi = readInterface("AccessManager");
  const { accessManager } = deployment;
  // The Governor calls itself without the AccessManager.
  if (target === administrator) return sendAs(provider, administrator, target, data);
  const manager = accessManagerOf(provider, deployment);
  const [immediate, delay] = await manager.canCall(administrator, target, data.slice(0, 10));
  if (!immediate && delay > 0n) {
    const operation = await manager.hashOperation(administrator, target, data);
    // The same call cannot be scheduled twice: an accepted proposal that waits has done it.
    if ((await manager.getSchedule(operation)) === 0n)
      await sendAs(provider, administrator, accessManager, abi.encodeFunctionData("schedule", [target, data, 0]));
    const left = Number(await manager.getSchedule(operation)) - (await provider.getBlock("latest"))!.timestamp;
    if (left > 0) await provider.send("evm_increaseTime", [left]);
  }
  return sendAs(provider, administrator, accessManager, abi.encodeFunctionData("execute", [target, data]));
}
