import { ONE } from "../money.ts";
import { need } from "../refusal.ts";

/** Governed values. */
export interface DisputeParameters {
  /** {s} How long after its time a receipt can be challenged. */
  readonly openingWindow: bigint;
  /** {s} Of each side of a game. */
  readonly clock: bigint;
  /** {1e18 = 1} What a fault takes of the stake that was active. */
  readonly slashFraction: bigint;
  /** {gwei/gas} Most that a move is refunded at. */
  readonly gasPriceCap: bigint;
  /** {wei ETH} What a loser pays beside the winner's moves. */
  readonly penalty: bigint;
}

/** Values of other contracts that bound them. */
export interface Surroundings {
  /** {s} */
  readonly challengeWindow: bigint;
  /** {round} */
  readonly unbondingPeriod: bigint;
  /** {s} */
  readonly roundLength: bigint;
}

export const GWEI = 10n ** 9n;
/** {gas} Of one side's moves, that a bond pays for at the price cap. */
const BONDED_GAS = 2_000_000n;
const MAX_DOUBLINGS = 64n;
const DAY = 86_400n;

export function needWithin(have: bigint, least: bigint, most: bigint): void {
  need(have >= least && have <= most, "DisputeGameOutOfBounds", have, least, most);
}

/** Refuses parameters that are out of bounds, or under which stake could leave before a dispute is over. */
export function needParameters(next: DisputeParameters, around: Surroundings): void {
  needWithin(next.openingWindow, 600n, around.challengeWindow);
  needWithin(next.clock, 60n, 7n * DAY);
  needWithin(next.slashFraction, 1n, ONE / 2n);
  needWithin(next.gasPriceCap, 0n, 10_000n);
  needWithin(next.penalty, 1n, 10n * ONE);
  const unbonding = around.unbondingPeriod * around.roundLength;
  const dispute = next.openingWindow + 2n * next.clock + around.roundLength;
  need(unbonding >= dispute, "DisputeGameUnbondingTooShort", unbonding, dispute);
}

/** {wei ETH} What a defence needs, and a challenge when none is open. */
export const baseBondOf = ({ gasPriceCap, penalty }: DisputeParameters): bigint =>
  BONDED_GAS * gasPriceCap * GWEI + penalty;

/** {wei ETH} Doubled for each dispute that is open already. */
export function bondOf(base: bigint, disputes: bigint): bigint {
  needWithin(disputes, 0n, MAX_DOUBLINGS);
  return base * 2n ** disputes;
}
