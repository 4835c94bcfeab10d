import type { Contracts } from "../common/context.ts";

const ONE = 10n ** 18n;

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
  { bonding, deployment }: Contracts,
  orchestrator: string,
  first: bigint,
  end: bigint,
): Promise<FeeRound[]> {
  const added = (await bonding.queryFilter(bonding.filters.FeesAdded(orchestrator), deployment.block))
    .map(({ args: { round, fees, shared } }) => ({ round, fees, shared }))
    .filter(({ round }) => round >= first && round < end);
  if (added.length === 0) return [];
  const touched = (await bonding.queryFilter(bonding.filters.Rewarded(orchestrator), deployment.block)).map(
    ({ args: { round, stake, total } }) => ({ round, stake, total }),
  );
  const rows = await Promise.all(
    added.map(async ({ round, fees, shared }): Promise<FeeRound> => {
      // Fees come in after their round, and that brings the pool up to date: there is a later touch. Until then nothing but growth has moved the
      // units' part of the whole, by less than the cut of the rewards. A total of the past stands still while nobody acts (IStakeVotes).
      const after = touched.find((touch) => touch.round >= round);
      const total = await bonding.getPastVotes(orchestrator, round);
      const stake =
        after === undefined || after.total === 0n
          ? total
          : after.round === round || total === 0n
            ? after.stake
            : (total * after.stake) / after.total;
      return { round, fees, shared, stake, ratio: stake === 0n ? 0n : (shared * ONE) / stake };
    }),
  );
  return rows.sort((a, b) => Number(b.round - a.round));
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
