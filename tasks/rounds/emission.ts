import { Emission } from "../../sim/model/staking/emission.ts";
import type { Contracts } from "../common/context.ts";

/** What the present round mints {wei LPT}, and from what. */
export interface RoundMint {
  /** {1e18 = 1} */
  readonly inflation: bigint;
  /** {wei LPT} With all that has been minted for the rounds before, settled or not. */
  readonly supply: bigint;
  readonly stakers: bigint;
  readonly treasury: bigint;
}

/**
 * The Minter tells of the round in which somebody last acted; from there on the rounds are followed as it will follow them.
 */
export async function mintOf(contracts: Contracts, round: bigint): Promise<RoundMint> {
  const { bonding, events, minter, token } = contracts;
  const [begun, inflation, settled, supply, parameters] = await Promise.all([
    events((...blocks) => bonding.queryFilter(bonding.filters.RoundBegun(), ...blocks)),
    minter.inflation(),
    minter.settledMint(),
    token.totalSupply(),
    minter.parameters(),
  ]);
  const last = begun.at(-1)?.args.round ?? round;
  if (last >= round) return { inflation, supply, stakers: settled.stakers, treasury: settled.treasury };

  const { inflationStep, maximumInflation, targetBondingRate, treasuryCut } = parameters;
  const emission = new Emission(last, supply + settled.stakers + settled.treasury, inflation, {
    inflationStep,
    maximumInflation,
    targetBondingRate,
    treasuryCut,
  });
  // The round of the last action is settled: it takes no step any more.
  emission.inflation = inflation;
  emission.next =
    last + 1n === round ? (await bonding.totalActiveStake()).active : await bonding.getPastTotalSupply(last + 1n);
  emission.earners = emission.next === 0n ? 0 : 1;
  emission.advance(round);
  const present = { inflation: emission.inflation, supply: emission.supply, stakers: emission.next - emission.active };
  const before = emission.minted.treasury;
  emission.advance(round + 1n);
  return { ...present, treasury: emission.minted.treasury - before };
}
