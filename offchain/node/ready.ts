import type { Chain } from "../eth/chain.ts";
import { atMostEvery } from "../observability/readiness.ts";

/** {ms} Between two questions to the chain for the sake of readiness. */
const ASK_MS = 2_000;

/** Whether the chain answers. */
export function chainAnswers({ heads }: Pick<Chain, "heads">): () => Promise<string | null> {
  return atMostEvery(ASK_MS, async () => {
    await heads.recent();
    return null;
  });
}

/** Whether the orchestrator's stake counts in this round. */
export function stakeIsActive({ bonding }: Pick<Chain, "bonding">, address: string): () => Promise<string | null> {
  return atMostEvery(ASK_MS, async () => ((await bonding.isActive(address)) ? null : "its stake is not active"));
}
