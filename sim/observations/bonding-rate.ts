import { toNumber } from "../actors/view.ts";
import { single, type Observable } from "./observation.ts";

export const bondingRate: Observable = {
  title: "bonding rate",
  unit: "% of the supply",
  measure: ({ present: { round, active, supply } }) =>
    single(round, "at stake", (100 * toNumber(active)) / toNumber(supply)),
};
