import { single, type Observable } from "./observation.ts";

export const stakingReturn: Observable = {
  title: "return of stake",
  unit: "% per year",
  measure: (view) => {
    const over = view.rounds.at(-2);
    return over === undefined
      ? null
      : single(over.round, "rewards", 100 * view.rewardRate(1) * view.market.roundsPerYear);
  },
};
