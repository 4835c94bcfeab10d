import type { Address } from "../model/money.ts";
import { sharedOf, toNumber, type PublicPool } from "../actors/view.ts";
import type { Observable } from "./observation.ts";

/** {gwei ETH per LPT and round} What a round's fees gave to the stake of that round. */
export function feeRatioOf(pool: PublicPool): number {
  return pool.stake === 0n ? 0 : (1e9 * toNumber(sharedOf(pool))) / toNumber(pool.stake);
}

/** Source: Streamflow paper, "Fee Ratio". */
export const feeRatio: Observable = {
  title: "fee ratio",
  unit: "gwei per LPT and round",
  measure: ({ paid }) => {
    if (paid === undefined) return null;
    const values = [...paid.pools].map(([orchestrator, pool]): [Address, number] => [orchestrator, feeRatioOf(pool)]);
    return { round: paid.round, values: new Map(values) };
  },
};
