import type { Provider } from "ethers";
import { DeploymentError } from "../errors.ts";
import { handOver } from "../hand-over.ts";
import { writeJournal } from "../journal.ts";
import type { Parameters } from "../parameters.ts";
import { openSender } from "../sender.ts";
import { ask } from "./network.ts";
import type { AlphaNetwork } from "./network.ts";
import { enactCalls, pendingCalls, readDelegates } from "./enact.ts";
import type { AlphaPlan } from "./plan.ts";
import type { PrepareOptions } from "./prepare.ts";

/** What the alpha's minter held before the upgrade {wei}. */
export interface Funds {
  supply: bigint;
  lpt: bigint;
  eth: bigint;
}

/** Reads what must be the same afterwards, while the alpha is stopped and before anything was moved. */
export async function readFunds(provider: Provider, { token, minter }: AlphaNetwork): Promise<Funds> {
  return {
    supply: await ask(provider, "AlphaToken", token, "totalSupply"),
    lpt: await ask(provider, "AlphaToken", token, "balanceOf", [minter]),
    eth: await provider.getBalance(minter),
  };
}

/** Asserts that nothing has got lost. @throws DeploymentError FundsDiffer. To be asked before the last call, which lets people act again. */
export async function verifyFunds(provider: Provider, plan: AlphaPlan, before: Funds): Promise<void> {
  const { token, bondingManager } = plan.alpha;
  const now: Funds = {
    supply: await ask(provider, "AlphaToken", token, "totalSupply"),
    lpt: await ask(provider, "AlphaToken", token, "balanceOf", [bondingManager]),
    eth: await provider.getBalance(plan.funds.address),
  };
  for (const key of ["supply", "lpt", "eth"] as const) {
    if (now[key] === before[key]) continue;
    throw new DeploymentError(
      "FundsDiffer",
      `${key}: ${before[key]} wei before, ${now[key]} now: do not let anybody act, and compare with the events`,
    );
  }
}

/** Asserts that every call was made, hands governance over, and writes `deployment.json`. Can be run again. */
export async function conclude(options: PrepareOptions, plan: AlphaPlan, parameters: Parameters): Promise<void> {
  const { signer, dir } = options;
  const { provider } = signer;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const calls = await enactCalls(provider, plan, parameters, await readDelegates(provider, plan));
  const [pending] = await pendingCalls(provider, calls);
  if (pending !== undefined) {
    throw new DeploymentError("MigrationNeeded", `"${pending.description}" was not done: go on with the calls`);
  }
  await handOver(await openSender(options, provider), plan, parameters);
  writeJournal(dir, plan.deployment);
}
