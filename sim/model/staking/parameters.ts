import type { EmissionParameters } from "./emission.ts";

/** Governed values. */
export interface StakingParameters extends EmissionParameters {
  /** {wei LPT} */
  readonly minimumStake: bigint;
  /** {wei LPT} */
  readonly minimumSelfStake: bigint;
  /** {round} */
  readonly unbondingPeriod: bigint;
  /** {round} From the announcement of a commission to its beginning. */
  readonly commissionNotice: bigint;
  /** {s} After the end of a round, for how long its faults can be challenged; the end of the round after it is the end of that as well. */
  readonly challengeWindow: bigint;
  /** {round} */
  readonly jailPeriod: bigint;
  /** How many faults within `faultPeriod` {round} of each other are forgiven, 0 to 3. */
  readonly faultAllowance: bigint;
  readonly faultPeriod: bigint;
}
