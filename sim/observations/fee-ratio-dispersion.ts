import { feeRatioOf } from "./fee-ratio.ts";
import { meanOf, single, type Observable } from "./observation.ts";

/**
 * Standard deviation over mean among the orchestrators that share fees. One that shares nothing offers delegators no ratio to compare; the paper expects
 * it to be left by them.
 */
export const feeRatioDispersion: Observable = {
  title: "dispersion of the fee ratio",
  unit: "standard deviation / mean",
  measure: ({ paid }) => {
    if (paid === undefined) return null;
    const ratios = [...paid.pools.values()].filter(({ commission }) => commission.feeShare > 0n).map(feeRatioOf);
    if (ratios.length === 0) return null;
    const mean = meanOf(ratios);
    const deviation = Math.sqrt(meanOf(ratios.map((ratio) => (ratio - mean) ** 2)));
    return mean > 0 ? single(paid.round, "sharing orchestrators", deviation / mean) : null;
  },
};
