import type { AlphaParameters } from "../../../deploy/alpha/network.ts";
import { REHEARSAL_PARAMETERS } from "../../../deploy/alpha/rehearsal.ts";

export interface Extent {
  readonly name: string;
  readonly parameters: AlphaParameters;
  /** {1} Transcoders beside the two that act. */
  readonly crowd: number;
}

const of = (changes: Partial<AlphaParameters>): AlphaParameters => ({
  ...REHEARSAL_PARAMETERS,
  roundLength: 10_000n,
  ...changes,
});

/** Networks that differ in what the upgrade carries over. */
export const NETWORKS: readonly Extent[] = [
  { name: "three places", parameters: of({ transcoders: 3n }), crowd: 3 },
  {
    name: "short rounds and periods, without inflation",
    parameters: of({ roundLength: 1_000n, unbondingPeriod: 2n, inflation: 0n, verificationPeriod: 5n }),
    crowd: 14,
  },
  {
    name: "long rounds and periods, more inflation than Streamflow allows",
    parameters: of({ roundLength: 50_000n, unbondingPeriod: 30n, inflation: 5_000n }),
    crowd: 0,
  },
];
