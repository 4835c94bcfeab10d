import type { Provider } from "ethers";
import { DeploymentError } from "../errors.ts";
import { readJournal } from "../journal.ts";
import type { OnPage } from "../pages.ts";
import type { Parameters } from "../parameters.ts";
import { openSender } from "../sender.ts";
import type { Sender, SenderOptions } from "../sender.ts";
import { claimNext, fits, lastRoundOf } from "./claims.ts";
import { handOverTransaction, readTransactions } from "./enact.ts";
import type { AlphaTransaction } from "./enact.ts";
import { ask } from "./network.ts";
import type { AlphaNetwork } from "./network.ts";
import { alphaPlanOf } from "./plan.ts";
import type { AlphaPlan } from "./plan.ts";
import { readAlphaRecord } from "./record.ts";

export interface UpgradeOptions extends SenderOptions {
  /** Of `alpha.json`, `deployment.json` and the parameters. */
  readonly dir: string;
  readonly parameters: Parameters;
  /** Told of blocks that are read. */
  readonly onPage?: OnPage;
}

/** The plan of what was prepared in `dir`. @throws DeploymentError NotPrepared */
export async function preparedPlan(provider: Provider, dir: string): Promise<AlphaPlan> {
  const record = readAlphaRecord(dir);
  const journal = readJournal(dir);
  if (journal === undefined)
    throw new DeploymentError("NotPrepared", `${dir} has no deployment: npx hardhat alpha prepare`);
  const plan = alphaPlanOf(journal, record);
  if ((await provider.getCode(plan.deposits.address)) === "0x")
    throw new DeploymentError("NotPrepared", "not everything was created: npx hardhat alpha prepare, again");
  return plan;
}

/**
 * Gives the AccessManager the alpha's controller, as its owner, unless it has it.
 * @throws DeploymentError NotPrepared, NotOwner, TransactionFailed
 */
export async function handOverController({ dir, ...options }: Omit<UpgradeOptions, "parameters">): Promise<AlphaPlan> {
  const provider = options.signer.provider!;
  const plan = await preparedPlan(provider, dir);
  const transaction = handOverTransaction(plan);
  if (await transaction.isDone(provider)) return plan;
  const sender = await openSender(options, provider);
  const owner = await ask<string>(provider, "AlphaController", plan.alpha.controller, "owner");
  if (owner !== sender.address)
    throw new DeploymentError(
      "NotOwner",
      `the alpha's controller is ${owner}'s to give, not ${sender.address}'s: send from there`,
    );
  await sender.send(transaction.description, transaction.to, transaction.data);
  return plan;
}

/**
 * Sends every transaction whose work is not there, as the administrator of the new AccessManager, which has the alpha's controller by then. Run again, it goes on where it was.
 * @throws DeploymentError NotPrepared, TransactionFailed
 */
export async function upgrade({ dir, parameters, ...options }: UpgradeOptions): Promise<void> {
  const provider = options.signer.provider!;
  const plan = await preparedPlan(provider, dir);
  const [handOver, ...rest] = await readTransactions(provider, plan, parameters, options.onPage);
  if (!(await handOver.isDone(provider)))
    throw new DeploymentError("NotPrepared", "the alpha's controller has another owner: npx hardhat alpha hand-over");
  const sender = await openSender(options, provider);
  for (const transaction of rest) await send(sender, plan.alpha, transaction);
}

async function send(sender: Sender, alpha: AlphaNetwork, transaction: AlphaTransaction): Promise<void> {
  const { to, data, description, parts, claimant, isDone } = transaction;
  const { provider, address } = sender;
  if (await isDone(provider)) return;
  if (parts !== undefined && !(await fits(provider, address, transaction))) {
    for (const part of parts) await send(sender, alpha, part);
    return;
  }
  if (claimant !== undefined && !(await fits(provider, address, transaction))) {
    const last = await lastRoundOf(provider, alpha);
    for (let done = 0n; done < last && !(await fits(provider, address, transaction));)
      done = await claimNext(sender, alpha, claimant, done);
  }
  await sender.send(description, to, data);
}
