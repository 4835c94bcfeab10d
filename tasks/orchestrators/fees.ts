import type { Contracts } from "../common/context.ts";

const ONE = 10n ** 18n;
/** Digits that a floating-point number has. */
const PRECISION = 10n ** 15n;

/** A pool as it was brought up to the beginning of a round {wei LPT}: its units, and all of it. */
interface Touch {
  readonly round: bigint;
  readonly stake: bigint;
  readonly total: bigint;
}

/** What came in for one round of an orchestrator. */
export interface FeeRound {
  readonly round: bigint;
  /** {wei ETH} All, and the part that went to the stake. */
  readonly fees: bigint;
  readonly shared: bigint;
  /** {wei LPT} The stake that it was divided among: what was active when the round began, without the commission. */
  readonly stake: bigint;
  /** {wei ETH per staked LPT} The paper's fee ratio of that round. */
  readonly ratio: bigint;
}

/** The fees of the rounds from `first` to before `end` that have come in, newest first. */
export async function readFees(
  { bonding, events }: Contracts,
  orchestrator: string,
  first: bigint,
  end: bigint,
): Promise<FeeRound[]> {
  const added = (await events((...blocks) => bonding.queryFilter(bonding.filters.FeesAdded(orchestrator), ...blocks)))
    .map(({ args: { round, fees, shared } }) => ({ round, fees, shared }))
    .filter(({ round }) => round >= first && round < end);
  if (added.length === 0) return [];
  const touched = (
    await events((...blocks) => bonding.queryFilter(bonding.filters.Rewarded(orchestrator), ...blocks))
  ).map(({ args: { round, stake, total } }): Touch => ({ round, stake, total }));
  const { rewardCut } = await bonding.getOrchestrator(orchestrator);
  const rows = await Promise.all(
    added.map(async ({ round, fees, shared }): Promise<FeeRound> => {
      // Fees come in after their round, and that brings the pool up to date: there is a touch in it or after it.
      const touch = touched.find((one) => one.round >= round);
      const total = await bonding.getPastVotes(orchestrator, round);
      const stake = touch?.round === round ? touch.stake : backTo(total, touch, rewardCut, shared);
      return { round, fees, shared, stake, ratio: stake === 0n ? 0n : (shared * ONE) / stake };
    }),
  );
  return rows.sort((a, b) => Number(b.round - a.round));
}

/**
 * {wei LPT} The units' worth when all was worth `total`, from what both were at the next touch: nothing but growth has moved them, a factor g of all
 * and g^(1 − c) of the units. The cut c is the present one: if it has changed, what follows is off by a part of the growth. A total of the past
 * stands still while nobody acts at all (IStakeVotes), and so does this.
 */
function backTo(total: bigint, touch: Touch | undefined, rewardCut: bigint, shared: bigint): bigint {
  if (touch === undefined || touch.total === 0n) return total;
  // Stake that does not earn does not grow, and has no votes; or there was none.
  if (total === 0n) return shared === 0n ? 0n : touch.stake;
  const growth = Number((total * ONE) / touch.total) / Number(ONE);
  const factor = growth ** (1 - Number(rewardCut) / Number(ONE));
  return (touch.stake * BigInt(Math.round(factor * Number(PRECISION)))) / PRECISION;
}

/** {wei ETH} Fees of the rounds from `first` to before `end`, all closed, that nobody has called in yet. */
export async function feesOutside(
  { bonding, broker }: Contracts,
  orchestrator: string,
  first: bigint,
  end: bigint,
): Promise<bigint> {
  const { feesBefore } = await bonding.getOrchestrator(orchestrator);
  const start = feesBefore > first ? feesBefore : first;
  const rounds = Array.from({ length: Math.max(0, Number(end - start)) }, (_, i) => start + BigInt(i));
  const fees = await Promise.all(rounds.map((round) => broker.feesOf(orchestrator, round)));
  return fees.reduce((sum, one) => sum + one, 0n);
}
