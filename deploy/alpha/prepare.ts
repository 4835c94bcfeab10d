import { create, settleFactory } from "../index.ts";
import type { OnPage } from "../pages.ts";
import { openSender } from "../sender.ts";
import type { SenderOptions } from "../sender.ts";
import { alphaPlanOf, NEW_NAMES } from "./plan.ts";
import type { AlphaPlan } from "./plan.ts";
import type { AlphaNetwork } from "./network.ts";

export interface PrepareOptions extends SenderOptions {
  alpha: AlphaNetwork;
  /** No event of its stake is older. */
  block?: number | undefined;
  /** Told of blocks that are read. */
  onPage?: OnPage;
  /** Where `deployment.json` is or will be. */
  dir: string;
}

/**
 * Creates everything that is new and touches nothing of the alpha. Each step asks the chain whether its work is done, so a run that was killed is simply run again. The sender becomes the
 * administrator of the new contracts.
 */
export async function prepare(options: PrepareOptions): Promise<AlphaPlan> {
  const { signer, alpha, block, dir } = options;
  const { provider } = signer;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const sender = await openSender(options, provider);
  const journal = await settleFactory(sender, provider, dir);
  const plan = alphaPlanOf(journal, { alpha, block });

  await create(sender, plan, plan.accessManager);
  await create(sender, plan, plan.bootstrap);
  for (const name of NEW_NAMES) await create(sender, plan, plan.proxies[name]);
  for (const part of [...plan.parts, plan.machine, plan.consistency]) await create(sender, plan, part);
  for (const name of [...NEW_NAMES, "RoundsManager", "BondingManager"] as const) {
    await create(sender, plan, plan.implementations[name]);
  }
  for (const part of [plan.funds, plan.witness, plan.rounds, plan.views, plan.bonding, plan.deposits]) {
    await create(sender, plan, part);
  }
  return plan;
}
