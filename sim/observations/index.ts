import { bondingRate } from "./bonding-rate.ts";
import { delegation } from "./delegation.ts";
import { feeIncome } from "./fee-income.ts";
import { feeRatioDispersion } from "./fee-ratio-dispersion.ts";
import { feeRatio } from "./fee-ratio.ts";
import { inflation } from "./inflation.ts";
import { stakingReturn } from "./staking-return.ts";

/** What can be observed, by the names that scenarios use. */
export const OBSERVATIONS = {
  bondingRate,
  inflation,
  stakingReturn,
  delegation,
  feeRatio,
  feeRatioDispersion,
  feeIncome,
};

export type ObservationName = keyof typeof OBSERVATIONS;
