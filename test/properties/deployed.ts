import type { Parameters } from "../../deploy/parameters.ts";
import type { StakingParameters } from "../../sim/model/staking/parameters.ts";
import type { Base, Rounds } from "../../sim/model/rounds.ts";
import { Staking } from "../../sim/model/staking/staking.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import type { Chain } from "./chain.ts";

/** The present schedule of the rounds. */
export async function scheduleOf(chain: Chain): Promise<Base> {
  const [active] = await chain.read("rounds", "schedule");
  const [startTime, startRound, length] = active as [bigint, bigint, bigint];
  return { startTime, startRound, length };
}

/** Streamflow's parameters as its model wants them. */
export function stakingParameters({ bonding, minter }: Parameters): StakingParameters {
  const { minimumStake, minimumSelfStake, ...periods } = bonding;
  const { inflation: _, ...emission } = minter;
  return {
    ...emission,
    minimumStake,
    minimumSelfStake,
    unbondingPeriod: BigInt(periods.unbondingPeriod),
    commissionNotice: BigInt(periods.commissionNotice),
    challengeWindow: BigInt(periods.challengeWindow),
    jailPeriod: BigInt(periods.jailPeriod),
    faultAllowance: BigInt(periods.faultAllowance),
    faultPeriod: BigInt(periods.faultPeriod),
  };
}

/** A model of the staking as it was deployed, before anybody has acted. */
export function stakingOf(rounds: Rounds, { parameters }: Protocol): Staking {
  const supply = parameters.token.genesis.reduce((sum, { amount }) => sum + amount, 0n);
  return new Staking(rounds, supply, parameters.minter.inflation, stakingParameters(parameters));
}
