import type { Provider } from "ethers";
import { DeploymentError } from "../errors.ts";
import { readJournal } from "../journal.ts";
import type { Parameters } from "../parameters.ts";
import { openSender } from "../sender.ts";
import type { SenderOptions } from "../sender.ts";
import { readFunds, verifyFunds } from "./conclude.ts";
import { asGovernance, enactCalls, handOverCall, readDelegates } from "./enact.ts";
import type { AlphaCall } from "./enact.ts";
import { alphaPlanOf } from "./plan.ts";
import type { AlphaPlan } from "./plan.ts";
import { readAlphaRecord, writeAlphaRecord } from "./record.ts";

export interface UpgradeOptions extends SenderOptions {
  /** Of `alpha.json`, `deployment.json` and the parameters. */
  readonly dir: string;
  readonly parameters: Parameters;
}

/** The plan of what was prepared in `dir`. @throws DeploymentError NotPrepared */
export async function preparedPlan(provider: Provider, dir: string): Promise<AlphaPlan> {
  const { alpha } = readAlphaRecord(dir);
  const journal = readJournal(dir);
  if (journal === undefined)
    throw new DeploymentError("NotPrepared", `${dir} has no deployment: npx hardhat alpha prepare`);
  const plan = alphaPlanOf(journal, alpha);
  if ((await provider.getCode(plan.deposits.address)) === "0x")
    throw new DeploymentError("NotPrepared", "not everything was created: npx hardhat alpha prepare, again");
  return plan;
}

/** All calls of the upgrade, the controller's hand-over first. */
export async function upgradeCalls(provider: Provider, plan: AlphaPlan, parameters: Parameters): Promise<AlphaCall[]> {
  const calls = await enactCalls(provider, plan, parameters, await readDelegates(provider, plan));
  return [handOverCall(plan), ...calls];
}

/** Gives the AccessManager the alpha's controller, as its owner, unless it has it. @throws DeploymentError NotPrepared, TransactionFailed */
export async function handOverController({ dir, ...options }: Omit<UpgradeOptions, "parameters">): Promise<AlphaPlan> {
  const provider = options.signer.provider!;
  const plan = await preparedPlan(provider, dir);
  const { target, data, description, isDone } = handOverCall(plan);
  if (!(await isDone(provider))) await (await openSender(options, provider)).send(description, target, data);
  return plan;
}

/**
 * Makes every call that was not made yet, as the administrator of the new AccessManager, which has the alpha's controller by then. Each call asks the chain whether its work is done, so an
 * upgrade that was interrupted is run again. Before people may act again, supply, stake and ETH are compared with what they were.
 * @throws DeploymentError NotPrepared, FundsDiffer, TransactionFailed
 */
export async function upgrade({ dir, parameters, ...options }: UpgradeOptions): Promise<void> {
  const provider = options.signer.provider!;
  const plan = await preparedPlan(provider, dir);
  const sender = await openSender(options, provider);
  const make = async (call: AlphaCall): Promise<void> => {
    if (await call.isDone(provider)) return;
    const { to, data } = asGovernance(plan, call);
    await sender.send(call.description, to, data);
  };

  const [handOver, stop] = (await upgradeCalls(provider, plan, parameters)) as [AlphaCall, AlphaCall];
  if (!(await handOver.isDone(provider)))
    throw new DeploymentError("NotPrepared", "the alpha's controller has another owner: npx hardhat alpha hand-over");
  await make(stop);

  const record = readAlphaRecord(dir);
  const before = record.funds ?? (await readFunds(provider, plan.alpha));
  // Written once, before the first call that moves anything.
  if (record.funds === null) writeAlphaRecord(dir, { ...record, funds: before });

  // Built anew: the inflation, which goes on from where it is, stands still from here on.
  const [, , ...rest] = await upgradeCalls(provider, plan, parameters);
  const last = rest.pop()!;
  for (const call of rest) await make(call);
  if (await last.isDone(provider)) return;
  await verifyFunds(provider, plan, before);
  await make(last);
}
