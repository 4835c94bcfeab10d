import type { Address } from "../model/money.ts";

/** The best of several orchestrators: what it promises, and which ones promise as much. */
export function bestOf(
  candidates: readonly Address[],
  income: (orchestrator: Address) => number,
): { income: number; orchestrators: Address[] } {
  let best = -Infinity;
  let orchestrators: Address[] = [];
  for (const candidate of candidates) {
    const promised = income(candidate);
    if (promised > best) [best, orchestrators] = [promised, [candidate]];
    else if (promised === best) orchestrators.push(candidate);
  }
  return { income: best, orchestrators };
}
