import { DeploymentError } from "../errors.ts";
import { handOver } from "../hand-over.ts";
import { writeJournal } from "../journal.ts";
import type { Parameters } from "../parameters.ts";
import { openSender } from "../sender.ts";
import { pendingOf, readTransactions } from "./enact.ts";
import type { AlphaPlan } from "./plan.ts";
import { writeAlphaRecord } from "./record.ts";
import type { PrepareOptions } from "./prepare.ts";

/** Asserts that every transaction was sent, hands governance over, and writes `deployment.json`. Can be run again. */
export async function conclude(options: PrepareOptions, plan: AlphaPlan, parameters: Parameters): Promise<void> {
  const { signer, dir } = options;
  const { provider } = signer;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const [pending] = await pendingOf(provider, await readTransactions(provider, plan, parameters, options.onPage));
  if (pending !== undefined) {
    throw new DeploymentError("MigrationNeeded", `"${pending.description}" was not done: npx hardhat alpha upgrade`);
  }
  await handOver(await openSender(options, provider), plan, parameters);
  writeAlphaRecord(dir, { alpha: plan.alpha, block: plan.block, funds: plan.funds.address });
  writeJournal(dir, plan.deployment);
}
