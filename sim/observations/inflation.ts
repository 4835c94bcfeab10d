import { toNumber } from "../actors/view.ts";
import { single, type Observable } from "./observation.ts";

export const inflation: Observable = {
  title: "inflation",
  unit: "% of the supply per round",
  measure: ({ present: { round, inflation } }) => single(round, "minted", 100 * toNumber(inflation)),
};
